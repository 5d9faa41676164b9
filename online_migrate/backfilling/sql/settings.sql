SELECT set_config('lock_timeout', $1, true),
       set_config('statement_timeout', $2, true),
       set_config('search_path', coalesce(nullif($3, ''), current_setting('search_path')), true),
       set_config($4, 'on', true)
