-- One row per overload of the functions and procedures asked for, but PostgreSQL's own, that SQL or PL/pgSQL define.
SELECT p.proname::text AS name, pg_get_functiondef(p.oid) AS definition,
       p.proacl IS NOT NULL OR p.proowner <> current_user::regrole
         OR EXISTS (SELECT FROM pg_default_acl f WHERE f.defaclobjtype = 'f')
         OR EXISTS (SELECT FROM pg_proc o JOIN pg_language ol ON ol.oid = o.prolang
                     WHERE o.proname = p.proname AND ol.lanname NOT IN ('sql', 'plpgsql')) AS guarded
  FROM pg_proc p
  JOIN pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_language l ON l.oid = p.prolang
 WHERE p.proname::text = ANY (%(names)s)
   AND p.prokind IN ('f', 'p')
   AND l.lanname IN ('sql', 'plpgsql')
   AND n.nspname NOT IN ('pg_catalog', 'information_schema')
 ORDER BY 1, p.oid
