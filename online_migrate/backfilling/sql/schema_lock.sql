-- Two installations at once: the second waits for the first one's commit. Released by the transaction's end.
SELECT pg_advisory_xact_lock(hashtextextended('online_migrate journal', 0))
