-- Tables whose policies apply to the connected role: it does not see every row.
SELECT n.nspname::text AS schema, c.relname::text AS name
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relrowsecurity
    AND c.relkind IN ('r', 'p')
    AND pg_catalog.row_security_active(c.oid)
ORDER BY 1, 2
