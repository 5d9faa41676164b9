ALTER TABLE visit ADD CONSTRAINT visit_account FOREIGN KEY (account_id) REFERENCES account (id)
