SELECT set_config('statement_timeout', $1, true), set_config('transaction_read_only', 'on', true)
