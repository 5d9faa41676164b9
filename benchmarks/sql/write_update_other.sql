UPDATE account SET visits = visits + 1 WHERE id BETWEEN $1 AND $2
