ALTER TABLE account ALTER COLUMN score TYPE bigint
