ALTER TABLE account ADD COLUMN full_name text;
UPDATE account SET full_name = first_name || ' ' || last_name
