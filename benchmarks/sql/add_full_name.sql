ALTER TABLE account ADD COLUMN full_name text
