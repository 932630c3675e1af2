-- Summaries: what stands for the older part of a long conversation, and what a conversation was about.
-- What SQL cannot state is written in README.md beside this file.

CREATE TABLE summaries (
    id              uuid        PRIMARY KEY,
    workspace_id    uuid        NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    owner_id        uuid        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    conversation_id uuid        NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    kind            text        NOT NULL CHECK (kind IN ('compaction', 'session')),
    first_ordinal   integer     NOT NULL CHECK (first_ordinal > 0),
    last_ordinal    integer     NOT NULL,
    content         text        NOT NULL CHECK (content <> ''),
    model           text        NOT NULL,
    input_tokens    bigint      NOT NULL DEFAULT 0,
    output_tokens   bigint      NOT NULL DEFAULT 0,
    created_at      timestamptz NOT NULL DEFAULT now(),
    -- The same part of a conversation is summarised once, however many replicas try; also finds the newest.
    UNIQUE (conversation_id, kind, last_ordinal),
    CHECK (last_ordinal >= first_ordinal)
);
CREATE INDEX summaries_by_owner ON summaries (workspace_id, owner_id, created_at DESC, id DESC);
CREATE INDEX summaries_of_user ON summaries (owner_id);

-- What was written so far of a summary that takes more than one attempt, and until when it is left alone after it failed
-- for good. `taken` counts the bytes of what was said after `after_ordinal` that `content` stands for.
CREATE TABLE summary_drafts (
    conversation_id uuid        NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    kind            text        NOT NULL CHECK (kind IN ('compaction', 'session')),
    after_ordinal   integer     NOT NULL DEFAULT 0,
    taken           bigint      NOT NULL DEFAULT 0 CHECK (taken >= 0),
    content         text        NOT NULL DEFAULT '',
    input_tokens    bigint      NOT NULL DEFAULT 0,
    output_tokens   bigint      NOT NULL DEFAULT 0,
    failures        integer     NOT NULL DEFAULT 0,
    rest_until      timestamptz,
    PRIMARY KEY (conversation_id, kind),
    CHECK ((taken = 0) = (content = ''))
);

-- Through which run the conversation was summarised as a session, or asked to be. Null in one that is older than this
-- migration, until somebody says something there: what was said before is not summarised unasked. No row is written here,
-- so nobody waits for it.
ALTER TABLE conversations ADD COLUMN session_ordinal integer;
ALTER TABLE conversations ALTER COLUMN session_ordinal SET DEFAULT 0;

-- The end of the compaction with which the run began, 0 if there was none; null until it begins.
ALTER TABLE runs ADD COLUMN compaction_ordinal integer;
