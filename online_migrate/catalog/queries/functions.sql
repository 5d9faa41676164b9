-- One row per function name: its most volatile overload ("i" < "s" < "v").
SELECT proname::text AS name, max(provolatile::text) AS volatility FROM pg_proc GROUP BY 1
