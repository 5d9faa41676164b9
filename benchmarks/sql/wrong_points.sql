SELECT count(*) FROM account WHERE points IS DISTINCT FROM visits * 10
