SELECT evtname::text AS name, evtevent::text AS event, evtfoid::regproc::text AS function
FROM pg_catalog.pg_event_trigger
WHERE evtenabled <> 'D'
ORDER BY 1
