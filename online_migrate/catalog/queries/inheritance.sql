-- One row per pair of a parent and a partition or inheriting table.
SELECT h.inhrelid::bigint AS child, h.inhparent::bigint AS parent
  FROM pg_inherits h
  JOIN pg_class c ON c.oid = h.inhrelid
 WHERE c.relkind IN ('r', 'p', 'f')
 ORDER BY h.inhparent, c.relname, h.inhseqno
