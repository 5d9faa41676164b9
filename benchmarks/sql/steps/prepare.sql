ALTER TABLE account ADD COLUMN plan text DEFAULT 'free', ADD COLUMN score integer DEFAULT 0;
CREATE TABLE visit (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, account_id bigint NOT NULL);
INSERT INTO visit (account_id) SELECT id FROM account;
CREATE INDEX visit_account_id ON visit (account_id)
