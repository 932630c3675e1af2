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

-- Through which run the conversation was summarised as a session, or asked to be.
ALTER TABLE conversations ADD COLUMN session_ordinal integer NOT NULL DEFAULT 0;
-- What was said before this migration is not summarised unasked.
UPDATE conversations SET session_ordinal = last_ordinal;
CREATE INDEX conversations_unsummed ON conversations (updated_at)
    WHERE active_run_id IS NULL AND last_ordinal > session_ordinal;
