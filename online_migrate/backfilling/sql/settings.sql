-- What a crash loses it loses together: rows, progress and lease. The sweep's end is written synchronously, and with it
-- all that was committed before.
SELECT set_config('lock_timeout', $1, true),
       set_config('statement_timeout', $2, true),
       -- From PostgreSQL 17 on. One batch is short; a table changed in one statement is not.
       CASE WHEN current_setting('transaction_timeout', true) <> '0' THEN set_config('transaction_timeout', '0', true) END,
       set_config('search_path', coalesce(nullif($3, ''), current_setting('search_path')), true),
       set_config($4, 'on', true),
       set_config('synchronous_commit', 'off', true)
