-- How many rows, and what the tables are: columns (their order aside), constraints and indexes.
SELECT (SELECT count(*) FROM account), coalesce(string_agg(line, E'\n' ORDER BY line), '')
FROM (
    SELECT format('%s.%s %s %s', attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull) AS line
    FROM pg_attribute
    WHERE attrelid IN ('account'::regclass, 'visit'::regclass) AND attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT format('%s %s %s', conname, convalidated, pg_get_constraintdef(oid))
    FROM pg_constraint
    WHERE conrelid IN ('account'::regclass, 'visit'::regclass)
    UNION ALL
    SELECT format('%s %s', indisvalid, pg_get_indexdef(indexrelid))
    FROM pg_index
    WHERE indrelid IN ('account'::regclass, 'visit'::regclass)
) AS lines
