UPDATE account SET full_name = first_name || ' ' || last_name
