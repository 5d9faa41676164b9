WITH marked AS (
    UPDATE online_migrate.step
    SET state = 'done', finished_at = clock_timestamp()
    WHERE deploy_id = %(deploy_id)s AND step_id = %(step_id)s
    RETURNING deploy_id, step_id, attempts
)
INSERT INTO online_migrate.event (deploy_id, step_id, event, detail)
SELECT deploy_id, step_id, 'step_done', jsonb_build_object('attempts', attempts)
FROM marked
RETURNING deploy_id
