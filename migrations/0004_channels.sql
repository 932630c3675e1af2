-- Chat channels: whose account is whose, where their messages go, what came in, and what was shown there.
-- What SQL cannot state is written in README.md beside this file.

CREATE TABLE channel_links (
    id               uuid        PRIMARY KEY,
    workspace_id     uuid        NOT NULL,
    user_id          uuid        NOT NULL,
    channel          text        NOT NULL CHECK (channel <> ''),
    external_user_id text        NOT NULL CHECK (external_user_id <> ''),
    display_name     text        NOT NULL,
    created_at       timestamptz NOT NULL DEFAULT now(),
    UNIQUE (channel, external_user_id),
    FOREIGN KEY (workspace_id, user_id) REFERENCES memberships (workspace_id, user_id) ON DELETE CASCADE
);
CREATE INDEX channel_links_by_user ON channel_links (workspace_id, user_id);

CREATE TABLE channel_link_codes (
    code_hash    bytea       PRIMARY KEY CHECK (octet_length(code_hash) = 32),
    workspace_id uuid        NOT NULL,
    user_id      uuid        NOT NULL,
    channel      text        NOT NULL CHECK (channel <> ''),
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    FOREIGN KEY (workspace_id, user_id) REFERENCES memberships (workspace_id, user_id) ON DELETE CASCADE
);
CREATE INDEX channel_link_codes_by_user ON channel_link_codes (workspace_id, user_id, channel);

CREATE TABLE channel_mappings (
    id           uuid        PRIMARY KEY,
    workspace_id uuid        NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    channel      text        NOT NULL CHECK (channel <> ''),
    -- '*' stands for every chat that has no mapping of its own.
    chat_id      text        NOT NULL CHECK (chat_id <> ''),
    agent        text        NOT NULL CHECK (agent <> ''),
    model        text,
    updated_at   timestamptz NOT NULL DEFAULT now(),
    UNIQUE (workspace_id, channel, chat_id)
);

-- A row is also the lock under which a chat is written to: whoever holds the lease, and nobody else.
CREATE TABLE channel_chats (
    channel         text        NOT NULL CHECK (channel <> ''),
    chat_id         text        NOT NULL CHECK (chat_id <> ''),
    link_id         uuid        REFERENCES channel_links (id) ON DELETE CASCADE,
    conversation_id uuid        REFERENCES conversations (id) ON DELETE SET NULL,
    told_at         timestamptz,
    failed_codes    integer     NOT NULL DEFAULT 0,
    blocked_at      timestamptz,
    epoch           integer     NOT NULL DEFAULT 0,
    holder          uuid,
    lease_until     timestamptz,
    created_at      timestamptz NOT NULL DEFAULT now(),
    updated_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (channel, chat_id),
    CHECK ((holder IS NULL) = (lease_until IS NULL)),
    CHECK (conversation_id IS NULL OR link_id IS NOT NULL)
) WITH (fillfactor = 70);
CREATE INDEX channel_chats_by_link ON channel_chats (link_id);
CREATE INDEX channel_chats_by_conversation ON channel_chats (conversation_id);

CREATE TABLE channel_inbox (
    channel     text        NOT NULL,
    update_id   bigint      NOT NULL,
    message_id  uuid        REFERENCES messages (id) ON DELETE SET NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    state       text        NOT NULL DEFAULT 'done' CHECK (state IN ('done', 'failing', 'set_aside')),
    failures    integer     NOT NULL DEFAULT 0,
    reason      text,
    PRIMARY KEY (channel, update_id),
    CHECK (state = 'done' OR failures > 0)
);
CREATE INDEX channel_inbox_by_time ON channel_inbox (channel, received_at DESC, update_id DESC);
CREATE INDEX channel_inbox_by_message ON channel_inbox (message_id);

CREATE TABLE channel_deliveries (
    id           uuid        PRIMARY KEY,
    channel      text        NOT NULL,
    chat_id      text        NOT NULL,
    workspace_id uuid        NOT NULL,
    job_id       uuid        NOT NULL,
    run_id       uuid        REFERENCES runs (id) ON DELETE CASCADE,
    notice       text,
    state        text        NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'done', 'failed')),
    reason       text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    ended_at     timestamptz,
    UNIQUE (run_id, channel, chat_id),
    FOREIGN KEY (channel, chat_id) REFERENCES channel_chats (channel, chat_id) ON DELETE CASCADE,
    CHECK ((run_id IS NULL) <> (notice IS NULL)),
    CHECK ((state = 'pending') = (ended_at IS NULL))
);
CREATE INDEX channel_deliveries_of_chat ON channel_deliveries (channel, chat_id);
CREATE INDEX channel_deliveries_due ON channel_deliveries (channel, chat_id, id) WHERE state = 'pending';
CREATE INDEX channel_deliveries_ended ON channel_deliveries (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE channel_posts (
    delivery_id         uuid        NOT NULL REFERENCES channel_deliveries (id) ON DELETE CASCADE,
    piece               text        NOT NULL,
    part                integer     NOT NULL CHECK (part >= 0),
    external_message_id text,
    text_hash           bytea       CHECK (octet_length(text_hash) = 32),
    updated_at          timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (delivery_id, piece, part),
    CHECK ((external_message_id IS NULL) = (text_hash IS NULL))
) WITH (fillfactor = 70);
