-- One row per sequence, with the column that owns it (serial: deptype a, identity: deptype i).
-- Reading the last value locks the sequence until the snapshot ends (ROW EXCLUSIVE, which nobody waits for), and there
-- is room for a few thousand locks: it is read for the 500 largest tables whose column cannot hold a bigint.
SELECT n.nspname::text AS schema,
       c.relname::text AS name,
       on_.nspname::text AS owner_schema,
       o.relname::text AS owner_name,
       a.attname::text AS owner_column,
       CASE WHEN short.place <= 500 AND has_sequence_privilege(c.oid, 'SELECT, USAGE')
            THEN pg_sequence_last_value(c.oid) END AS last_value
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')
                       AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0
  LEFT JOIN pg_class o ON o.oid = d.refobjid
  LEFT JOIN pg_namespace on_ ON on_.oid = o.relnamespace
  LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
  LEFT JOIN (SELECT s.objid, row_number() OVER (ORDER BY t.reltuples DESC) AS place
               FROM pg_depend s
               JOIN pg_class q ON q.oid = s.objid AND q.relkind = 'S'
               JOIN pg_class t ON t.oid = s.refobjid
               JOIN pg_attribute b ON b.attrelid = t.oid AND b.attnum = s.refobjsubid
              WHERE s.classid = 'pg_class'::regclass AND s.refclassid = 'pg_class'::regclass
                AND s.deptype IN ('a', 'i') AND b.atttypid IN ('int2'::regtype, 'int4'::regtype)
            ) short ON short.objid = c.oid
 WHERE c.relkind = 'S'
   AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'online_migrate')
   AND n.nspname !~ '^pg_(toast|temp)'
 ORDER BY 1, 2
