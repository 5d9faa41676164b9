-- For a session of our own: a concurrent statement runs outside a transaction, and lock_timeout would leave its index invalid.
SELECT
    set_config('lock_timeout', '0', false),
    set_config('statement_timeout', '0', false),
    -- From PostgreSQL 17 on: an index is built in three transactions, each as long as the table.
    CASE WHEN current_setting('transaction_timeout', true) <> '0' THEN set_config('transaction_timeout', '0', false) END,
    set_config('client_connection_check_interval', %(check_ms)s::text, false),
    set_config('search_path', coalesce(
        (SELECT string_agg(quote_ident(s), ', ' ORDER BY i)
            FROM unnest(%(search_path)s::text[]) WITH ORDINALITY AS p (s, i)),
        current_setting('search_path')), false)
