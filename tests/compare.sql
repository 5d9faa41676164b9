-- Everything a migration can make, one row per object: what it is called, and all there is to say about it.
-- Left out: the order of columns, what belongs to an extension, and our own schema online_migrate.
WITH spaces AS (
    SELECT oid, nspname, nspowner, nspacl FROM pg_namespace
    WHERE nspname NOT LIKE 'pg\_%' AND nspname NOT IN ('information_schema', 'online_migrate')
),
extended AS (
    SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
),
relations AS (
    SELECT c.*, format('%I.%I', s.nspname, c.relname) AS name
    FROM pg_class c JOIN spaces s ON s.oid = c.relnamespace
    WHERE NOT EXISTS (SELECT FROM extended e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid)
),
functions AS (
    SELECT p.*, format('%I.%I(%s)', s.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) AS name
    FROM pg_proc p JOIN spaces s ON s.oid = p.pronamespace
    WHERE NOT EXISTS (SELECT FROM extended e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid)
),
types AS (
    SELECT t.*, format('%I.%I', s.nspname, t.typname) AS name
    FROM pg_type t JOIN spaces s ON s.oid = t.typnamespace
    WHERE t.typtype IN ('d', 'e', 'r', 'c') AND (t.typrelid = 0 OR (SELECT relkind FROM pg_class WHERE oid = t.typrelid) = 'c')
      AND NOT EXISTS (SELECT FROM extended e WHERE e.classid = 'pg_type'::regclass AND e.objid = t.oid)
),
objects (kind, name, facts) AS (
    SELECT 'schema', format('%I', nspname), jsonb_build_object(
        'owner', nspowner::regrole, 'grants', (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(nspacl) a),
        'comment', obj_description(oid, 'pg_namespace'))
    FROM spaces
    UNION ALL
    SELECT 'extension', extname, jsonb_build_object('schema', extnamespace::regnamespace, 'version', extversion)
    FROM pg_extension
    UNION ALL
    SELECT CASE relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
                        WHEN 'f' THEN 'foreign table' ELSE 'composite' END, name, jsonb_build_object(
        'persistence', relpersistence, 'owner', relowner::regrole,
        'grants', (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(coalesce(relacl, acldefault('r', relowner))) a),
        'options', (SELECT array_agg(o ORDER BY o) FROM unnest(reloptions) o),
        'access method', (SELECT amname FROM pg_am WHERE pg_am.oid = relam),
        'tablespace', (SELECT spcname FROM pg_tablespace s WHERE s.oid = reltablespace),
        'row security', relrowsecurity, 'forced', relforcerowsecurity, 'replica identity', relreplident,
        'partition key', pg_get_partkeydef(oid), 'partition bound', pg_get_expr(relpartbound, oid),
        'parents', (SELECT array_agg(inhparent::regclass::text ORDER BY inhseqno) FROM pg_inherits WHERE inhrelid = relations.oid),
        'query', CASE WHEN relkind IN ('v', 'm') THEN pg_get_viewdef(oid) END,
        'populated', CASE WHEN relkind = 'm' THEN relispopulated END,
        'comment', obj_description(oid, 'pg_class'))
    FROM relations WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
    UNION ALL
    SELECT 'column', format('%s.%I', r.name, a.attname), jsonb_build_object(
        'type', format_type(a.atttypid, a.atttypmod), 'not null', a.attnotnull, 'identity', a.attidentity, 'generated', a.attgenerated,
        -- DEFAULT NULL is none; whether PostgreSQL keeps a word of it depends on the type that the column had then.
        'default', NULLIF(regexp_replace(pg_get_expr(d.adbin, d.adrelid), '^NULL::.*$', ''), ''), 'collation', NULLIF(a.attcollation, 0)::regcollation, 'storage', a.attstorage,
        'compression', a.attcompression, 'statistics', coalesce(a.attstattarget, -1), 'options', a.attoptions,
        'grants', (SELECT array_agg(g::text ORDER BY g::text) FROM unnest(a.attacl) g),
        'local', a.attislocal, 'inherited', a.attinhcount, 'comment', col_description(r.oid, a.attnum))
    FROM relations r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = r.oid AND d.adnum = a.attnum
    WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
    UNION ALL
    SELECT 'constraint', format('%s.%I', coalesce(r.name, t.name), c.conname), jsonb_build_object(
        'definition', pg_get_constraintdef(c.oid), 'valid', c.convalidated,
        -- From 18 a primary key makes the NOT NULL of a partition local, unless it comes from the parent; so does pg_restore.
        -- One that is made of an index makes those of any heir local, and nothing takes that back.
        'local', c.conislocal AND NOT (c.contype = 'n' AND (coalesce(r.relispartition, false) OR c.coninhcount > 0 AND EXISTS (
            SELECT FROM pg_constraint k WHERE k.conrelid = c.conrelid AND k.contype = 'p' AND k.conkey @> c.conkey))),
        'inherited', c.coninhcount,
        'index', CASE WHEN c.contype IN ('p', 'u', 'x') THEN c.conindid::regclass::text END, 'comment', obj_description(c.oid, 'pg_constraint'))
    FROM pg_constraint c LEFT JOIN relations r ON r.oid = c.conrelid LEFT JOIN types t ON t.oid = c.contypid
    WHERE r.oid IS NOT NULL OR t.oid IS NOT NULL
    UNION ALL
    SELECT 'index', x.name, jsonb_build_object(
        'definition', pg_get_indexdef(i.indexrelid), 'valid', i.indisvalid, 'ready', i.indisready, 'primary', i.indisprimary,
        'clustered', i.indisclustered, 'replica identity', i.indisreplident, 'immediate', i.indimmediate,
        'parent', (SELECT inhparent::regclass::text FROM pg_inherits WHERE inhrelid = x.oid),
        'statistics', (SELECT jsonb_agg(coalesce(a.attstattarget, -1) ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = x.oid),
        'tablespace', (SELECT spcname FROM pg_tablespace s WHERE s.oid = x.reltablespace), 'comment', obj_description(x.oid, 'pg_class'))
    FROM relations x JOIN pg_index i ON i.indexrelid = x.oid
    UNION ALL
    SELECT 'sequence', r.name, jsonb_build_object(
        'type', s.seqtypid::regtype, 'start', s.seqstart, 'increment', s.seqincrement, 'max', s.seqmax, 'min', s.seqmin, 'cache', s.seqcache,
        'cycle', s.seqcycle, 'owner', r.relowner::regrole, 'comment', obj_description(r.oid, 'pg_class'), 'persistence', r.relpersistence,
        'grants', (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(coalesce(r.relacl, acldefault('s', r.relowner))) a),
        'owned by', (SELECT jsonb_agg(format('%s.%I %s', o.name, a.attname, d.deptype) ORDER BY o.name)
                     FROM pg_depend d JOIN relations o ON o.oid = d.refobjid JOIN pg_attribute a ON a.attrelid = o.oid AND a.attnum = d.refobjsubid
                     WHERE d.classid = 'pg_class'::regclass AND d.objid = r.oid AND d.deptype IN ('a', 'i')))
    FROM relations r JOIN pg_sequence s ON s.seqrelid = r.oid
    UNION ALL
    SELECT 'type', t.name, jsonb_build_object(
        'kind', t.typtype, 'owner', t.typowner::regrole, 'labels', (SELECT jsonb_agg(enumlabel ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid),
        'base', CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END, 'not null', t.typnotnull, 'default', t.typdefault,
        'range of', (SELECT format_type(rngsubtype, NULL) FROM pg_range WHERE rngtypid = t.oid), 'collation', NULLIF(t.typcollation, 0)::regcollation,
        'grants', (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(coalesce(t.typacl, acldefault('T', t.typowner))) a),
        'comment', obj_description(t.oid, 'pg_type'))
    FROM types t
    UNION ALL
    SELECT 'function', name, jsonb_build_object(
        'definition', CASE WHEN prokind = 'a' THEN 'aggregate' ELSE pg_get_functiondef(oid) END, 'owner', proowner::regrole,
        'grants', (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(coalesce(proacl, acldefault('f', proowner))) a),
        'comment', obj_description(oid, 'pg_proc'))
    FROM functions
    UNION ALL
    SELECT 'trigger', format('%s.%I', r.name, t.tgname), jsonb_build_object(
        'definition', pg_get_triggerdef(t.oid), 'enabled', t.tgenabled, 'comment', obj_description(t.oid, 'pg_trigger'))
    FROM pg_trigger t JOIN relations r ON r.oid = t.tgrelid WHERE NOT t.tgisinternal
    UNION ALL
    SELECT 'policy', format('%s.%I', r.name, p.polname), jsonb_build_object(
        'command', p.polcmd, 'permissive', p.polpermissive, 'roles', (SELECT jsonb_agg(x::regrole ORDER BY x) FROM unnest(p.polroles) x),
        'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid))
    FROM pg_policy p JOIN relations r ON r.oid = p.polrelid
    UNION ALL
    SELECT 'rule', format('%s.%I', r.name, w.rulename), jsonb_build_object('definition', pg_get_ruledef(w.oid), 'enabled', w.ev_enabled)
    FROM pg_rewrite w JOIN relations r ON r.oid = w.ev_class WHERE w.rulename <> '_RETURN'
    UNION ALL
    SELECT 'statistics', format('%I.%I', s.nspname, e.stxname), jsonb_build_object(
        -- The definition lists columns in the order of the table, which may differ.
        'table', e.stxrelid::regclass, 'kinds', (SELECT jsonb_agg(k ORDER BY k) FROM unnest(e.stxkind) k),
        'columns', (SELECT jsonb_agg(a.attname ORDER BY a.attname) FROM pg_attribute a
                    WHERE a.attrelid = e.stxrelid AND a.attnum = ANY (e.stxkeys::smallint[])),
        'expressions', pg_get_statisticsobjdef_expressions(e.oid), 'target', coalesce(e.stxstattarget, -1),
        'owner', e.stxowner::regrole, 'comment', obj_description(e.oid, 'pg_statistic_ext'))
    FROM pg_statistic_ext e JOIN spaces s ON s.oid = e.stxnamespace
    UNION ALL
    SELECT 'publication', p.pubname, jsonb_build_object(
        'all tables', p.puballtables, 'insert', p.pubinsert, 'update', p.pubupdate, 'delete', p.pubdelete,
        'tables', (SELECT jsonb_agg(prrelid::regclass::text ORDER BY prrelid::regclass::text) FROM pg_publication_rel WHERE prpubid = p.oid))
    FROM pg_publication p
    UNION ALL
    SELECT 'event trigger', evtname, jsonb_build_object('event', evtevent, 'function', evtfoid::regprocedure, 'tags', evttags, 'enabled', evtenabled)
    FROM pg_event_trigger
    UNION ALL
    SELECT 'default grants', concat_ws(' ', defaclrole::regrole, NULLIF(defaclnamespace, 0)::regnamespace, defaclobjtype),
        jsonb_build_object('grants', (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(defaclacl) a))
    FROM pg_default_acl
)
SELECT concat_ws(' ', kind, name) AS object, jsonb_strip_nulls(facts) AS facts FROM objects
