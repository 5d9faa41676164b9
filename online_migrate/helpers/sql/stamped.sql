-- Written by the transaction that moves alembic_version: from then on the same revision may be run anew.
INSERT INTO online_migrate.event (deploy_id, event)
SELECT d, 'stamped' FROM pg_catalog.unnest(CAST(:deploys AS bigint[])) AS d
