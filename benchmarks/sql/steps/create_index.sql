CREATE INDEX account_note ON account (note)
