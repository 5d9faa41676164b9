SELECT b.step, b.relation, r.key, r.sqlstate, r.message
FROM online_migrate.bad_row r JOIN online_migrate.backfill b ON b.id = r.backfill
WHERE b.deploy_id = $1 AND r.skipped ORDER BY r.id
