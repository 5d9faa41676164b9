-- One row per function name: its most volatile overload ("i" < "s" < "v"), and whether only triggers run it.
SELECT proname::text AS name,
       max(provolatile::text) AS volatility,
       bool_and(prorettype IN ('trigger'::regtype, 'event_trigger'::regtype)) AS of_triggers
  FROM pg_proc
 GROUP BY 1
