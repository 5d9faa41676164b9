SELECT c.oid AS relid,
       c.relkind::text AS relkind,
       c.relispartition AS is_partition,
       am.amname::text AS access_method,
       CASE WHEN c.relkind IN ('r', 'm', 't') THEN pg_relation_filenode(c.oid) END AS filenode,
       CASE WHEN c.relkind IN ('r', 'm', 't')
            THEN (pg_relation_size(c.oid) / current_setting('block_size')::bigint) ELSE 0 END AS blocks,
       c.relpages::bigint AS pages_then,
       c.reltuples::float8 AS rows_then,
       (SELECT setting::bigint FROM pg_settings WHERE name = 'shared_buffers') AS shared_buffers,
       (SELECT setting::bigint FROM pg_settings WHERE name = 'checkpoint_timeout') AS checkpoint_timeout_s,
       current_setting('session_replication_role') AS replication_role,
       row_security_active(c.oid) AS row_security,
       -- What a subscription applies fires only triggers that are enabled as replica or always.
       coalesce((SELECT array_agg(t.tgname::text ORDER BY t.tgname) FROM pg_trigger t
                 WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND starts_with(t.tgname::text, 'zz_online_migrate_')
                   AND (t.tgenabled IN ('D', 'R') OR (t.tgenabled <> 'A' AND EXISTS (
                       SELECT FROM pg_subscription_rel s
                       WHERE s.srrelid = c.oid OR s.srrelid IN (SELECT relid FROM pg_partition_ancestors(c.oid))
                   )))), '{}') AS silent_triggers,
       coalesce((SELECT array_agg(a.attname::text ORDER BY k.place)
                 FROM pg_index i, unnest(i.indkey::int2[]) WITH ORDINALITY AS k (attnum, place), pg_attribute a
                 WHERE i.indrelid = c.oid AND i.indisprimary AND a.attrelid = c.oid AND a.attnum = k.attnum
                   AND k.place <= i.indnkeyatts), '{}') AS primary_key,
       -- Of a constraint's index only the constraint depends on the columns; expressions are in pg_depend alone.
       ARRAY(SELECT DISTINCT a.attname::text
             FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am m ON m.oid = x.relam
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND (
                 a.attnum = ANY (i.indkey::int2[]) OR EXISTS (
                     SELECT FROM pg_depend d
                     WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
                       AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.refobjsubid = a.attnum))
             WHERE i.indrelid = c.oid
               AND NOT (m.amname = 'brin' AND current_setting('server_version_num')::int >= 160000)) AS indexed,
       (SELECT array_agg(ARRAY[a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull::text]
                         ORDER BY a.attnum)
        FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_am am ON am.oid = c.relam
WHERE n.nspname = $1 AND c.relname = $2
