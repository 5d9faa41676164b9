SELECT count(*) FROM account WHERE full_name IS DISTINCT FROM first_name || ' ' || last_name
