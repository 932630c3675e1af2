-- The spine: who, what was said, the runs that answer, and what is to be published.
-- Ids are UUIDv7 made by the services. What SQL cannot state is written in README.md beside this file.

CREATE TABLE workspaces (
    id          uuid        PRIMARY KEY,
    name        text        NOT NULL CHECK (name <> ''),
    created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE users (
    id          uuid        PRIMARY KEY,
    name        text        NOT NULL CHECK (name <> ''),
    created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE memberships (
    workspace_id uuid        NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    user_id      uuid        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role         text        NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'guest')),
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, user_id)
);
CREATE INDEX memberships_by_user ON memberships (user_id);

CREATE TABLE api_tokens (
    id           uuid        PRIMARY KEY,
    workspace_id uuid        NOT NULL,
    user_id      uuid        NOT NULL,
    name         text        NOT NULL CHECK (name <> ''),
    token_hash   bytea       NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz,
    revoked_at   timestamptz,
    FOREIGN KEY (workspace_id, user_id) REFERENCES memberships (workspace_id, user_id) ON DELETE CASCADE
);
CREATE INDEX api_tokens_by_user ON api_tokens (workspace_id, user_id);

CREATE TABLE conversations (
    id            uuid        PRIMARY KEY,
    workspace_id  uuid        NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    owner_id      uuid        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title         text,
    agent         text        NOT NULL,
    model         text,
    last_seq      bigint      NOT NULL DEFAULT 0,
    last_ordinal  integer     NOT NULL DEFAULT 0,
    active_run_id uuid,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    archived_at   timestamptz
);
CREATE INDEX conversations_of_user ON conversations (owner_id);
CREATE INDEX conversations_by_owner ON conversations (workspace_id, owner_id, updated_at DESC, id DESC);

CREATE TABLE runs (
    id                  uuid        PRIMARY KEY,
    workspace_id        uuid        NOT NULL,
    conversation_id     uuid        NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    owner_id            uuid        NOT NULL,
    ordinal             integer     NOT NULL,
    job_id              uuid        NOT NULL,
    agent               text        NOT NULL,
    model               text,
    state               text        NOT NULL DEFAULT 'queued'
                        CHECK (state IN ('queued', 'running', 'completed', 'failed', 'cancelled', 'killed')),
    epoch               integer     NOT NULL DEFAULT 0,
    worker_id           uuid,
    lease_until         timestamptz,
    log_seq             integer     NOT NULL DEFAULT 0,
    claims              integer     NOT NULL DEFAULT 0,
    end_code            text,
    end_reason          text,
    cancel_reason       text,
    output_message_id   uuid,
    input_tokens        bigint      NOT NULL DEFAULT 0,
    output_tokens       bigint      NOT NULL DEFAULT 0,
    cache_read_tokens   bigint      NOT NULL DEFAULT 0,
    cache_write_tokens  bigint      NOT NULL DEFAULT 0,
    traceparent         text,
    created_at          timestamptz NOT NULL DEFAULT now(),
    started_at          timestamptz,
    ended_at            timestamptz,
    UNIQUE (conversation_id, ordinal),
    CHECK ((state = 'running') = (lease_until IS NOT NULL)),
    CHECK ((state IN ('completed', 'failed', 'cancelled', 'killed')) = (ended_at IS NOT NULL))
) WITH (fillfactor = 70);
-- At most one run of a conversation runs.
CREATE UNIQUE INDEX runs_one_running ON runs (conversation_id) WHERE state = 'running';
CREATE INDEX runs_waiting ON runs (conversation_id, ordinal) WHERE state = 'queued';

CREATE TABLE messages (
    id              uuid        PRIMARY KEY,
    workspace_id    uuid        NOT NULL,
    conversation_id uuid        NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    seq             bigint      NOT NULL,
    role            text        NOT NULL CHECK (role IN ('user', 'assistant')),
    content         text        NOT NULL,
    run_id          uuid        REFERENCES runs (id) ON DELETE SET NULL,
    idempotency_key text,
    created_at      timestamptz NOT NULL DEFAULT now(),
    UNIQUE (conversation_id, seq),
    UNIQUE (conversation_id, idempotency_key)
);
CREATE INDEX messages_by_run ON messages (run_id, seq);

CREATE TABLE run_steps (
    run_id       uuid        NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    step         integer     NOT NULL CHECK (step > 0),
    workspace_id uuid        NOT NULL,
    kind         text        NOT NULL CHECK (kind IN ('model', 'tool')),
    state        text        NOT NULL CHECK (state IN ('planned', 'started', 'completed')),
    epoch        integer     NOT NULL,
    name         text        NOT NULL,
    call_id      text,
    context_seq  bigint,
    input        jsonb,
    output       jsonb,
    duration_ms  integer,
    recorded_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (run_id, step),
    CHECK ((kind = 'tool') = (call_id IS NOT NULL)),
    CHECK ((kind = 'model') = (context_seq IS NOT NULL)),
    CHECK (kind = 'tool' OR state = 'completed'),
    CHECK ((state = 'completed') = (output IS NOT NULL))
);

CREATE TABLE run_log (
    run_id       uuid    NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    first_seq    integer NOT NULL CHECK (first_seq > 0),
    last_seq     integer NOT NULL,
    epoch        integer NOT NULL,
    workspace_id uuid    NOT NULL,
    events       jsonb   NOT NULL,
    PRIMARY KEY (run_id, first_seq),
    CHECK (jsonb_array_length(events) = last_seq - first_seq + 1)
);

CREATE TABLE outbox (
    id           uuid        PRIMARY KEY,
    kind         text        NOT NULL CHECK (kind IN ('job', 'event')),
    workspace_id uuid        NOT NULL,
    topic        text        NOT NULL,
    priority     smallint    NOT NULL DEFAULT 5 CHECK (priority BETWEEN 1 AND 10),
    source       text        NOT NULL DEFAULT '',
    subject      text        NOT NULL DEFAULT '',
    actor        text        NOT NULL DEFAULT '',
    traceparent  text,
    data         text        NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    queued_at    timestamptz NOT NULL DEFAULT now(),
    leased_until timestamptz,
    published_at timestamptz,
    life         bigint      NOT NULL DEFAULT 0,
    CHECK ((life = 0) = (published_at IS NULL))
) WITH (fillfactor = 80);
-- What was published to an earlier life of the bus, or to none, is due; jobs never wait behind events.
CREATE INDEX outbox_jobs ON outbox (life, published_at, queued_at) WHERE kind = 'job';
CREATE INDEX outbox_events ON outbox (life, published_at, queued_at) WHERE kind = 'event';

-- The lives of the bus in the order in which they were met.
CREATE TABLE bus_lives (
    life       bigint      PRIMARY KEY CHECK (life > 0),
    name       text        NOT NULL UNIQUE,
    entered_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE service_instances (
    id            uuid        PRIMARY KEY,
    service       text        NOT NULL,
    version       text        NOT NULL,
    grpc_address  text        NOT NULL,
    admin_address text        NOT NULL,
    started_at    timestamptz NOT NULL DEFAULT now(),
    heartbeat_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX service_instances_by_service ON service_instances (service, heartbeat_at DESC);

-- The oldest code that works with this schema, as the number of the newest migration that code knows.
CREATE TABLE schema_compatibility (
    only_row    boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    oldest_code bigint  NOT NULL
);
INSERT INTO schema_compatibility (oldest_code) VALUES (1);
