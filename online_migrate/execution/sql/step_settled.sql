-- A transaction of ours whose COMMIT got no answer has this row locked until it has ended: so this waits for it.
SELECT state FROM online_migrate.step WHERE deploy_id = %(deploy_id)s AND step_id = %(step_id)s FOR UPDATE
