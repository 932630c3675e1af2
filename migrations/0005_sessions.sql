-- Sessions of browsers: a cookie stands for an API token for a while.

CREATE TABLE sessions (
    id           uuid        PRIMARY KEY,
    secret_hash  bytea       NOT NULL UNIQUE CHECK (octet_length(secret_hash) = 32),
    workspace_id uuid        NOT NULL,
    user_id      uuid        NOT NULL,
    token_id     uuid        NOT NULL REFERENCES api_tokens (id) ON DELETE CASCADE,
    user_agent   text        NOT NULL DEFAULT '',
    created_at   timestamptz NOT NULL DEFAULT now(),
    idle_until   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    FOREIGN KEY (workspace_id, user_id) REFERENCES memberships (workspace_id, user_id) ON DELETE CASCADE,
    CHECK (idle_until <= expires_at)
);
CREATE INDEX sessions_of_person ON sessions (workspace_id, user_id, created_at);
CREATE INDEX sessions_of_token ON sessions (token_id);
