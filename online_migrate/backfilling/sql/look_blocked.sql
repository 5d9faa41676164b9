-- The application session that waits longest for a lock of ours; pg_locks hides nothing from any role.
-- To ask who blocks whom stops all lock traffic for a moment, so only those are asked for who wait long already.
WITH ours AS (
    SELECT pid FROM pg_catalog.pg_stat_activity WHERE starts_with(application_name, 'online-migrate: ')
)
SELECT w.pid, (extract(epoch FROM clock_timestamp() - w.waitstart) * 1000)::float8 AS ms
FROM pg_catalog.pg_locks AS w
WHERE NOT w.granted AND w.waitstart < clock_timestamp() - make_interval(secs => $1::float8)
  AND w.pid NOT IN (SELECT pid FROM ours)
  AND EXISTS (SELECT FROM unnest(pg_blocking_pids(w.pid)) AS b (pid) JOIN ours USING (pid))
ORDER BY w.waitstart LIMIT 1
