-- One row per sequence, with the column that owns it (serial: deptype a, identity: deptype i).
-- Reading the last value locks the sequence until the snapshot ends (ROW EXCLUSIVE, which nobody waits for), and there
-- is room for a few thousand locks: it is read for the 500 largest tables whose column cannot hold a bigint.
SELECT n.nspname::text AS schema,
       c.relname::text AS name,
       on_.nspname::text AS owner_schema,
       o.relname::text AS owner_name,
       a.attname::text AS owner_column,
       format_type(s.seqtypid, NULL) AS type,
       s.seqstart AS start,
       s.seqincrement AS increment,
       s.seqmin AS minimum,
       s.seqmax AS maximum,
       s.seqcache AS cache,
       s.seqcycle AS cycle,
       obj_description(c.oid, 'pg_class') AS comment,
       pg_get_userbyid(c.relowner)::text AS owner,
       ARRAY(SELECT ARRAY[CASE WHEN g.grantee <> 0 THEN pg_get_userbyid(g.grantee)::text END,
                          lower(g.privilege_type), g.is_grantable::text]
               FROM aclexplode(c.relacl) g WHERE g.grantee <> c.relowner ORDER BY 1) AS grants,
       array_remove(ARRAY[CASE WHEN c.relacl IS NOT NULL AND NOT c.relacl @> (acldefault('s', c.relowner))[1]
                               THEN 'its owner lacks rights' END,
                          CASE WHEN EXISTS (SELECT FROM pg_default_acl f WHERE f.defaclobjtype = 'S')
                               THEN 'new sequences get rights by default' END], NULL) AS marks,
       CASE WHEN short.place <= 500 AND has_sequence_privilege(c.oid, 'SELECT, USAGE')
            THEN pg_sequence_last_value(c.oid) END AS last_value
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_sequence s ON s.seqrelid = c.oid
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
