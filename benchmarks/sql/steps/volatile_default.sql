ALTER TABLE account ADD COLUMN token uuid DEFAULT gen_random_uuid()
