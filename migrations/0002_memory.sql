-- Memory: what was said or noted, in pieces that are found by words and by meaning, and what of it was shown to whom.
-- Ids are UUIDv7 made by the services. What SQL cannot state is written in README.md beside this file.

CREATE EXTENSION IF NOT EXISTS vector;

CREATE TABLE memories (
    id              uuid        PRIMARY KEY,
    workspace_id    uuid        NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    user_id         uuid        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind            text        NOT NULL CHECK (kind IN ('message', 'note')),
    role            text        NOT NULL CHECK (role IN ('user', 'assistant')),
    conversation_id uuid        REFERENCES conversations (id) ON DELETE CASCADE,
    message_id      uuid        UNIQUE REFERENCES messages (id) ON DELETE CASCADE,
    run_id          uuid        REFERENCES runs (id) ON DELETE CASCADE,
    content         text        NOT NULL CHECK (content <> ''),
    chunked         boolean     NOT NULL DEFAULT false,
    created_at      timestamptz NOT NULL DEFAULT now(),
    CHECK ((kind = 'message') = (message_id IS NOT NULL)),
    CHECK (kind = 'note' OR conversation_id IS NOT NULL)
);
CREATE INDEX memories_by_owner ON memories (workspace_id, user_id, created_at DESC, id DESC);
CREATE INDEX memories_of_user ON memories (user_id);
CREATE INDEX memories_by_conversation ON memories (conversation_id);
CREATE INDEX memories_by_run ON memories (run_id);
CREATE INDEX memories_unchunked ON memories (id) WHERE NOT chunked;

CREATE TABLE memory_chunks (
    id           uuid     PRIMARY KEY,
    memory_id    uuid     NOT NULL REFERENCES memories (id) ON DELETE CASCADE,
    workspace_id uuid     NOT NULL,
    user_id      uuid     NOT NULL,
    ordinal      integer  NOT NULL CHECK (ordinal >= 0),
    content      text     NOT NULL CHECK (content <> ''),
    words        tsvector NOT NULL GENERATED ALWAYS AS (to_tsvector('english', content)) STORED,
    UNIQUE (memory_id, ordinal)
);
CREATE INDEX memory_chunks_by_owner ON memory_chunks (workspace_id, user_id);
CREATE INDEX memory_chunks_by_words ON memory_chunks USING gin (words);

-- One row per chunk from the moment it exists; without a vector until it has been embedded. Narrow, and its vectors of
-- up to 2,000 dimensions lie in the row itself, so that a scan of one person's vectors reads nothing else.
CREATE TABLE memory_vectors (
    chunk_id     uuid    PRIMARY KEY REFERENCES memory_chunks (id) ON DELETE CASCADE,
    workspace_id uuid    NOT NULL,
    user_id      uuid    NOT NULL,
    model        text    NOT NULL DEFAULT '',
    dimension    integer NOT NULL DEFAULT 0,
    embedding    vector,
    leased_until timestamptz,
    CHECK ((embedding IS NULL AND dimension = 0) OR vector_dims(embedding) = dimension)
) WITH (toast_tuple_target = 8160);
ALTER TABLE memory_vectors ALTER COLUMN embedding SET STORAGE EXTERNAL;
CREATE INDEX memory_vectors_by_owner ON memory_vectors (workspace_id, user_id, model, dimension);
-- What is to be embedded is whatever has another model than the present one: two ends of this index.
CREATE INDEX memory_vectors_by_model ON memory_vectors (model, dimension, chunk_id);
CREATE INDEX memory_vectors_384 ON memory_vectors
    USING hnsw ((embedding::vector(384)) vector_cosine_ops) WHERE dimension = 384;
CREATE INDEX memory_vectors_768 ON memory_vectors
    USING hnsw ((embedding::vector(768)) vector_cosine_ops) WHERE dimension = 768;
CREATE INDEX memory_vectors_1024 ON memory_vectors
    USING hnsw ((embedding::vector(1024)) vector_cosine_ops) WHERE dimension = 1024;
CREATE INDEX memory_vectors_1536 ON memory_vectors
    USING hnsw ((embedding::vector(1536)) vector_cosine_ops) WHERE dimension = 1536;

-- Which runs were shown which memories. A row outlives its memory, so that an answer which comes after is known to
-- repeat something forgotten.
CREATE TABLE run_memories (
    run_id    uuid    NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    memory_id uuid    NOT NULL,
    forgotten boolean NOT NULL DEFAULT false,
    PRIMARY KEY (run_id, memory_id)
);
CREATE INDEX run_memories_by_memory ON run_memories (memory_id);

-- Messages that are not to be remembered any more, by id alone.
CREATE TABLE memory_forgotten (
    message_id      uuid   PRIMARY KEY,
    conversation_id uuid   NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    seq             bigint NOT NULL
);
CREATE INDEX memory_forgotten_by_conversation ON memory_forgotten (conversation_id, seq);

-- How far messages were looked at, whether an event told of them or not: from `back_to`, which goes back to the first
-- message, and through `through`, which follows the last. At most one row.
CREATE TABLE memory_progress (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    back_to  uuid    NOT NULL,
    through  uuid    NOT NULL
);
