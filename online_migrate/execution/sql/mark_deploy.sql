WITH marked AS (
    UPDATE online_migrate.deploy
    SET state = %(state)s,
        phase = %(phase)s,
        finished_at = CASE WHEN %(state)s IN ('done', 'aborted', 'superseded') THEN clock_timestamp() END
    WHERE id = %(deploy_id)s
    RETURNING id
)
INSERT INTO online_migrate.event (deploy_id, event, detail)
SELECT id, 'deploy_' || %(state)s, jsonb_build_object('phase', %(phase)s::text) FROM marked
