-- Queues: what jobs of the outbox may carry besides their data, and pauses that outlive Valkey.
-- What SQL cannot state is written in README.md beside this file.

ALTER TABLE outbox
    -- Of all jobs of a queue with this key one at a time is worked on.
    ADD COLUMN ordering_key    text CHECK (ordering_key <> ''),
    -- Of several jobs of a queue with this key only the first is done.
    ADD COLUMN idempotency_key text CHECK (idempotency_key <> ''),
    ADD COLUMN not_before      timestamptz,
    ADD CONSTRAINT outbox_keys_of_jobs CHECK (
        kind = 'job'
        OR (ordering_key IS NULL AND idempotency_key IS NULL AND not_before IS NULL)
    );
CREATE UNIQUE INDEX outbox_once ON outbox (topic, idempotency_key) WHERE idempotency_key IS NOT NULL;
-- A queue in the order in which it is filled again.
CREATE INDEX outbox_queue ON outbox (topic, queued_at, id) WHERE kind = 'job';

CREATE TABLE queue_pauses (
    queue     text        PRIMARY KEY CHECK (queue <> ''),
    id        uuid        NOT NULL UNIQUE,
    reason    text        NOT NULL,
    paused_by text        NOT NULL,
    paused_at timestamptz NOT NULL
);
