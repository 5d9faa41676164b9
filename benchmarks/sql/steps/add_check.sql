ALTER TABLE account ADD CONSTRAINT account_visits CHECK (visits >= 0)
