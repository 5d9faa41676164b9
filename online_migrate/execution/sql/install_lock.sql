-- Two first deploys at once: one creates the journal, the other waits for its commit. Released by the transaction's end.
SELECT pg_advisory_xact_lock(hashtextextended('online_migrate journal', 0))
