-- One statement, so that one round trip goes to the journal while the step's locks are held.
WITH fence AS (
    SELECT epoch FROM online_migrate.lease WHERE epoch = %(epoch)s FOR KEY SHARE
), marked AS (
    UPDATE online_migrate.step
    SET state = %(state)s,
        attempts = attempts + %(attempts)s,
        waited_ms = waited_ms + %(waited_ms)s,
        held_ms = held_ms + %(held_ms)s,
        blockers = CASE WHEN %(blockers)s::jsonb = '[]' THEN blockers ELSE %(blockers)s::jsonb END,
        started_at = coalesce(started_at, clock_timestamp()),
        finished_at = CASE WHEN %(state)s IN ('done', 'undone') THEN clock_timestamp() END
    WHERE deploy_id = %(deploy_id)s AND step_id = %(step_id)s AND EXISTS (SELECT FROM fence)
    RETURNING deploy_id, step_id, attempts
)
INSERT INTO online_migrate.event (deploy_id, step_id, event, detail)
SELECT deploy_id, step_id, 'step_' || %(state)s,
    jsonb_build_object('attempts', attempts, 'waited_ms', %(waited_ms)s::bigint, 'held_ms', %(held_ms)s::bigint)
FROM marked
RETURNING deploy_id
