-- Finds conversations at rest that have something new to tell. In a file of its own, so that nobody who reads waits while it
-- is built: the change of the table in 0003 locks them out.

CREATE INDEX conversations_unsummed ON conversations (updated_at)
    WHERE active_run_id IS NULL AND last_ordinal > session_ordinal;
