CREATE INDEX account_email ON account (email);
CREATE INDEX account_created_at ON account (created_at)
