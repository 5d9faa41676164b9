-- The statistics of a copied database, or after a reset, know of no live row.
SELECT s.n_dead_tup AS dead, greatest(s.n_live_tup, c.reltuples::bigint) AS live
FROM pg_catalog.pg_stat_all_tables AS s JOIN pg_catalog.pg_class AS c ON c.oid = s.relid
WHERE s.relid = $1
