-- What was said and done about runs of which nothing was heard.
-- What SQL cannot state is written in README.md beside this file.

CREATE TABLE run_watch (
    run_id     uuid        PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE,
    epoch      integer     NOT NULL,
    recoveries integer     NOT NULL CHECK (recoveries >= 0),
    spoken_at  timestamptz NOT NULL DEFAULT now()
);
