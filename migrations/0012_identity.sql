-- Identity: accounts that sign in by password or at another place, teams, invitations, and what tokens may do.
-- What SQL cannot state is written in README.md beside this file.

ALTER TABLE users
    ADD COLUMN email             text CHECK (email <> '' AND length(email) <= 254),
    ADD COLUMN email_verified_at timestamptz,
    ADD COLUMN password_hash     text,
    ADD COLUMN password_set_at   timestamptz,
    ADD COLUMN state             text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'deactivated', 'banned')),
    ADD COLUMN state_reason      text,
    ADD COLUMN state_at          timestamptz,
    ADD CONSTRAINT users_state_since CHECK (state = 'active' OR state_at IS NOT NULL),
    ADD CONSTRAINT users_password_needs_email CHECK (password_hash IS NULL OR email IS NOT NULL);
-- By this an address is found. Under row security only operators that are leakproof look into an index: `=` is, `lower` is not.
ALTER TABLE users
    ADD COLUMN email_key text GENERATED ALWAYS AS (lower(email)) STORED;
CREATE UNIQUE INDEX users_by_email ON users (email_key);

-- Tokens from before this could do whatever their person may.
ALTER TABLE api_tokens
    ADD COLUMN scopes       text[] NOT NULL DEFAULT '{admin}'
                            CHECK (cardinality(scopes) > 0 AND scopes <@ ARRAY['read', 'converse', 'operate', 'admin']),
    ADD COLUMN hint         text   NOT NULL DEFAULT '',
    ADD COLUMN last_used_at timestamptz;

CREATE TABLE teams (
    id           uuid        PRIMARY KEY,
    workspace_id uuid        NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    name         text        NOT NULL CHECK (name <> ''),
    created_at   timestamptz NOT NULL DEFAULT now(),
    UNIQUE (id, workspace_id)
);
CREATE UNIQUE INDEX teams_by_name ON teams (workspace_id, lower(name));

CREATE TABLE team_members (
    team_id      uuid        NOT NULL,
    workspace_id uuid        NOT NULL,
    user_id      uuid        NOT NULL,
    role         text        NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (team_id, user_id),
    FOREIGN KEY (team_id, workspace_id) REFERENCES teams (id, workspace_id) ON DELETE CASCADE,
    FOREIGN KEY (workspace_id, user_id) REFERENCES memberships (workspace_id, user_id) ON DELETE CASCADE
);
CREATE INDEX team_members_of_person ON team_members (workspace_id, user_id);

CREATE TABLE invitations (
    id           uuid        PRIMARY KEY,
    workspace_id uuid        NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    email        text        CHECK (email <> '' AND length(email) <= 254),
    email_key    text        GENERATED ALWAYS AS (lower(email)) STORED,
    role         text        NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'guest')),
    team_id      uuid        REFERENCES teams (id) ON DELETE SET NULL,
    secret_hash  bytea       NOT NULL UNIQUE CHECK (octet_length(secret_hash) = 32),
    inviter_id   uuid        REFERENCES users (id) ON DELETE SET NULL,
    inviter      text        NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    accepted_at  timestamptz,
    accepted_by  uuid        REFERENCES users (id) ON DELETE SET NULL,
    revoked_at   timestamptz,
    CHECK (accepted_at IS NULL OR revoked_at IS NULL)
);
CREATE INDEX invitations_of_workspace ON invitations (workspace_id, created_at);

-- Links with which somebody sets a new password; made by an admin, good once, and only while whoever made it may still make one.
CREATE TABLE password_links (
    id          uuid        PRIMARY KEY,
    user_id     uuid        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    maker_id    uuid        REFERENCES users (id) ON DELETE CASCADE,
    secret_hash bytea       NOT NULL UNIQUE CHECK (octet_length(secret_hash) = 32),
    created_at  timestamptz NOT NULL DEFAULT now(),
    expires_at  timestamptz NOT NULL
);
CREATE INDEX password_links_of_person ON password_links (user_id);

-- Who somebody is at an identity provider.
CREATE TABLE oidc_identities (
    id            uuid        PRIMARY KEY,
    user_id       uuid        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    provider      text        NOT NULL CHECK (provider <> ''),
    issuer        text        NOT NULL CHECK (issuer <> ''),
    subject       text        NOT NULL CHECK (subject <> ''),
    email         text,
    -- Sealed; see libs/identity seal.
    refresh_token bytea,
    refreshed_at  timestamptz NOT NULL DEFAULT now(),
    created_at    timestamptz NOT NULL DEFAULT now(),
    last_login_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (issuer, subject, provider)
);
CREATE INDEX oidc_identities_of_person ON oidc_identities (user_id);

-- Sign-ins that are under way at an identity provider; the row goes with the first answer, so that none counts twice.
CREATE TABLE oidc_logins (
    id           uuid        PRIMARY KEY,
    state_hash   bytea       NOT NULL UNIQUE CHECK (octet_length(state_hash) = 32),
    browser_hash bytea       NOT NULL CHECK (octet_length(browser_hash) = 32),
    provider     text        NOT NULL CHECK (provider <> ''),
    -- Sealed: nonce and PKCE verifier.
    secrets      bytea       NOT NULL,
    return_to    text        NOT NULL,
    linking      uuid        REFERENCES users (id) ON DELETE CASCADE,
    -- In which session an identity is linked. Whoever ends the session ends that too.
    session_id   uuid        REFERENCES sessions (id) ON DELETE CASCADE,
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL
);
CREATE INDEX oidc_logins_by_end ON oidc_logins (expires_at);
CREATE INDEX oidc_logins_of_session ON oidc_logins (session_id) WHERE session_id IS NOT NULL;

-- A program asks for a token; its person approves that in a browser.
CREATE TABLE login_requests (
    id           uuid        PRIMARY KEY,
    code_hash    bytea       NOT NULL UNIQUE CHECK (octet_length(code_hash) = 32),
    secret_hash  bytea       NOT NULL CHECK (octet_length(secret_hash) = 32),
    name         text        NOT NULL CHECK (name <> ''),
    address      text        NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    workspace_id uuid,
    user_id      uuid,
    approved_at  timestamptz,
    FOREIGN KEY (workspace_id, user_id) REFERENCES memberships (workspace_id, user_id) ON DELETE CASCADE,
    CHECK ((approved_at IS NULL) = (user_id IS NULL))
);
CREATE INDEX login_requests_by_end ON login_requests (expires_at);

ALTER TABLE sessions
    ALTER COLUMN token_id DROP NOT NULL,
    ADD COLUMN method           text NOT NULL DEFAULT 'token'
                                CHECK (method IN ('token', 'password', 'oidc', 'break_glass')),
    ADD COLUMN oidc_identity_id uuid REFERENCES oidc_identities (id) ON DELETE CASCADE,
    ADD COLUMN address          text,
    ADD COLUMN last_used_at     timestamptz NOT NULL DEFAULT now(),
    ADD CONSTRAINT sessions_of_tokens CHECK ((method = 'token') = (token_id IS NOT NULL)),
    ADD CONSTRAINT sessions_of_identities CHECK ((method = 'oidc') = (oidc_identity_id IS NOT NULL));
CREATE INDEX sessions_of_identity ON sessions (oidc_identity_id) WHERE oidc_identity_id IS NOT NULL;

-- Refusals that are like one in the audit log, of the same minute: counted there, and not written again.
CREATE TABLE audit_repeats (
    id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_id uuid        NOT NULL,
    minute       timestamptz NOT NULL,
    action       text        NOT NULL,
    outcome      text        NOT NULL CHECK (outcome IN ('refused', 'denied')),
    actor_id     uuid        NOT NULL,
    network      text        NOT NULL,
    about        text        NOT NULL,
    repeated     bigint      NOT NULL DEFAULT 1 CHECK (repeated > 0),
    last_at      timestamptz NOT NULL DEFAULT now(),
    UNIQUE (workspace_id, minute, action, outcome, actor_id, network, about)
);
ALTER TABLE audit_log ADD COLUMN repeats_id bigint REFERENCES audit_repeats (id);
CREATE INDEX audit_log_of_actor ON audit_log (workspace_id, actor_id, id);
CREATE INDEX audit_log_by_action ON audit_log (workspace_id, action text_pattern_ops, id);
CREATE INDEX audit_log_by_outcome ON audit_log (workspace_id, outcome, id);
CREATE INDEX audit_log_by_time ON audit_log (workspace_id, at);
