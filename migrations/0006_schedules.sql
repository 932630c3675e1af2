-- Schedules: what is to happen again and again, and when it happens next.
-- What SQL cannot state is written in README.md beside this file.

CREATE TABLE schedules (
    name       text        PRIMARY KEY CHECK (name <> ''),
    -- The service whose leader fires it.
    service    text        NOT NULL,
    expression text        NOT NULL,
    zone       text        NOT NULL,
    next_at    timestamptz,
    -- The last time that was due and led to a job; when that job was written, and which it is.
    last_due   timestamptz,
    last_fired timestamptz,
    last_job   uuid,
    CHECK ((last_due IS NULL) = (last_fired IS NULL)),
    CHECK ((last_due IS NULL) = (last_job IS NULL)),
    CHECK (next_at > last_due)
);
