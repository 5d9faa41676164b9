UPDATE account SET last_name = 'Married' || id WHERE id BETWEEN $1 AND $2
