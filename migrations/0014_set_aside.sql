-- Jobs that an operator set aside by draining their queue. What SQL cannot state is written in README.md beside this file.

ALTER TABLE outbox
    -- Why; null while the job is wanted.
    ADD COLUMN set_aside text,
    ADD CONSTRAINT outbox_sets_jobs_aside CHECK (set_aside IS NULL OR kind = 'job');
