SELECT p.pubname::text AS name, count(t.tablename) AS tables
FROM pg_catalog.pg_publication AS p
LEFT JOIN pg_catalog.pg_publication_tables AS t ON t.pubname = p.pubname
GROUP BY 1
ORDER BY 1
