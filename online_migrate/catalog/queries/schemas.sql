-- One row per schema of users: its rights, and whether it has functions that code can call.
SELECT n.nspname::text AS name,
       pg_get_userbyid(n.nspowner)::text AS owner,
       ARRAY(SELECT ARRAY[CASE WHEN g.grantee <> 0 THEN pg_get_userbyid(g.grantee)::text END,
                          lower(g.privilege_type), g.is_grantable::text]
               FROM aclexplode(n.nspacl) g WHERE g.grantee <> n.nspowner ORDER BY 1) AS grants,
       EXISTS (SELECT FROM pg_proc p WHERE p.pronamespace = n.oid
                  AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)) AS functions
  FROM pg_namespace n
 WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'online_migrate')
   AND n.nspname !~ '^pg_(toast|temp)'
 ORDER BY 1
