ALTER TABLE account ADD COLUMN points bigint;
UPDATE account SET points = visits * 10;
