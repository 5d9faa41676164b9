-- What a crash loses it loses together: rows, progress and lease. The sweep's end is written synchronously, and with it
-- all that was committed before.
SELECT set_config('lock_timeout', $1, true),
       set_config('statement_timeout', $2, true),
       set_config('search_path', coalesce(nullif($3, ''), current_setting('search_path')), true),
       set_config($4, 'on', true),
       set_config('synchronous_commit', 'off', true)
