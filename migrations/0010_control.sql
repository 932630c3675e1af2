-- Control: runs that pause, workers that are drained, and the record of who did what.
-- What SQL cannot state is written in README.md beside this file.

ALTER TABLE runs ADD COLUMN pause_reason text;
ALTER TABLE runs DROP CONSTRAINT runs_state_check;
ALTER TABLE runs ADD CONSTRAINT runs_state_check
    CHECK (state IN ('queued', 'running', 'paused', 'completed', 'failed', 'cancelled', 'killed'));
ALTER TABLE runs ADD CONSTRAINT runs_paused_why CHECK (state <> 'paused' OR pause_reason IS NOT NULL);

-- A paused run keeps its place before those that wait behind it.
DROP INDEX runs_waiting;
CREATE INDEX runs_waiting ON runs (conversation_id, ordinal) WHERE state IN ('queued', 'paused');
CREATE INDEX runs_live ON runs (workspace_id, id) WHERE state IN ('queued', 'running', 'paused');
CREATE INDEX runs_of_person ON runs (owner_id, id);

ALTER TABLE service_instances
    ADD COLUMN capacity     integer CHECK (capacity >= 0),
    ADD COLUMN drain_reason text;

-- Who did what to what, from where, and how it went. Rows are only ever added.
CREATE TABLE audit_log (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_id uuid        NOT NULL,
    actor_id     uuid,
    actor        text        NOT NULL CHECK (actor <> ''),
    action       text        NOT NULL CHECK (action <> ''),
    target_type  text        NOT NULL CHECK (target_type <> ''),
    target_id    text        NOT NULL,
    reason       text,
    outcome      text        NOT NULL CHECK (outcome <> ''),
    address      text,
    at           timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX audit_log_of_workspace ON audit_log (workspace_id, id);

CREATE FUNCTION audit_log_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit_log is append-only';
END
$$;
CREATE TRIGGER audit_log_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_refuse();
