ALTER TABLE account ADD COLUMN points bigint
