-- One row per trigger that a user made, with what pg_trigger.h packs into tgtype. Before PostgreSQL 15
-- the copies in partitions are marked as internal.
SELECT t.tgrelid::bigint AS table_oid,
       t.tgname::text AS name,
       t.tgenabled::text AS enabled,
       pg_get_triggerdef(t.oid) AS definition,
       pn.nspname::text AS function_schema,
       p.proname::text AS function_name,
       p.proisstrict AS strict,
       -- What a function in C writes is told by its arguments, if by anything: they are in the definition.
       CASE WHEN l.lanname = 'plpgsql' THEN p.prosrc WHEN t.tgnargs > 0 THEN '' END AS body,
       pg_has_role(p.proowner, 'USAGE') AS owned,
       t.tgtype & 1 <> 0 AS per_row,
       CASE WHEN t.tgtype & 2 <> 0 THEN 'before' WHEN t.tgtype & 64 <> 0 THEN 'instead of' ELSE 'after' END AS timing,
       array_remove(ARRAY[CASE WHEN t.tgtype & 4 <> 0 THEN 'insert' END,
                          CASE WHEN t.tgtype & 8 <> 0 THEN 'delete' END,
                          CASE WHEN t.tgtype & 16 <> 0 THEN 'update' END,
                          CASE WHEN t.tgtype & 32 <> 0 THEN 'truncate' END], NULL) AS events,
       ARRAY(SELECT a.attname::text
               FROM unnest(t.tgattr::int2[]) WITH ORDINALITY AS o(attnum, place)
               JOIN pg_attribute a ON a.attrelid = t.tgrelid AND a.attnum = o.attnum
              ORDER BY o.place) AS columns
  FROM pg_trigger t
  JOIN pg_class c ON c.oid = t.tgrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_proc p ON p.oid = t.tgfoid
  JOIN pg_namespace pn ON pn.oid = p.pronamespace
  JOIN pg_language l ON l.oid = p.prolang
 WHERE (NOT t.tgisinternal OR (t.tgparentid <> 0 AND t.tgconstraint = 0))
   AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'online_migrate')
   AND n.nspname !~ '^pg_(toast|temp)'
 ORDER BY 1, 2
