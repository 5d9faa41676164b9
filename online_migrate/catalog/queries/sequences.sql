-- One row per sequence, with the column that owns it (serial: deptype a, identity: deptype i).
SELECT n.nspname::text AS schema,
       c.relname::text AS name,
       on_.nspname::text AS owner_schema,
       o.relname::text AS owner_name,
       a.attname::text AS owner_column
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')
                       AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
  LEFT JOIN pg_class o ON o.oid = d.refobjid
  LEFT JOIN pg_namespace on_ ON on_.oid = o.relnamespace
  LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
 WHERE c.relkind = 'S'
   AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'online_migrate')
   AND n.nspname !~ '^pg_(toast|temp)'
 ORDER BY 1, 2
