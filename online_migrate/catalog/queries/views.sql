-- One row per view, relation it reads, and column it reads of it ('' for the relation as a whole).
SELECT DISTINCT w.ev_class::bigint AS view,
       d.refobjid::bigint AS relation,
       coalesce(a.attname::text, '') AS column
  FROM pg_rewrite w
  JOIN pg_class v ON v.oid = w.ev_class AND v.relkind IN ('v', 'm')
  JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
                  AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> w.ev_class
  LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND d.refobjsubid > 0
 ORDER BY 1, 2, 3
