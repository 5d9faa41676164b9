-- For this transaction only, so that nothing stays behind in a session that a pooler shares.
SELECT
    set_config('lock_timeout', %(lock_timeout_ms)s::text, true),
    set_config('statement_timeout', %(statement_timeout_ms)s::text, true),
    -- From PostgreSQL 17 on: a validation takes as long as it takes.
    CASE WHEN current_setting('transaction_timeout', true) <> '0' THEN set_config('transaction_timeout', '0', true) END,
    set_config('idle_in_transaction_session_timeout', %(idle_ms)s::text, true),
    set_config('client_connection_check_interval', %(check_ms)s::text, true),
    set_config(%(own_writes)s, 'on', true),
    set_config('search_path', coalesce(
        (SELECT string_agg(quote_ident(s), ', ' ORDER BY i)
            FROM unnest(%(search_path)s::text[]) WITH ORDINALITY AS p (s, i)),
        current_setting('search_path')), true)
