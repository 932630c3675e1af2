-- The archive of events: what was published on the event streams, in one partition a day.
-- What SQL cannot state is written in README.md beside this file.

CREATE TABLE event_log (
    id           uuid             NOT NULL,
    time         timestamptz      NOT NULL,
    -- No foreign keys: what happened stays true when what it happened to is gone, and no event waits for a lock.
    workspace_id uuid             NOT NULL,
    type         text COLLATE "C" NOT NULL,
    source       text             NOT NULL,
    subject      text COLLATE "C" NOT NULL,
    actor        text             NOT NULL,
    traceparent  text,
    data         json             NOT NULL,
    -- An event that is archived again is there already.
    PRIMARY KEY (id, time)
) PARTITION BY RANGE (time);
CREATE INDEX event_log_by_time ON event_log (workspace_id, time, id);
CREATE INDEX event_log_by_type ON event_log (workspace_id, type, time, id);
CREATE INDEX event_log_by_subject ON event_log (workspace_id, subject, time, id);

-- Makes the partition of a day (UTC), without stopping readers or writers of the others. False: it was there.
CREATE FUNCTION event_log_make_day(day date) RETURNS boolean
    LANGUAGE plpgsql
    SET lock_timeout = '2s'
AS $$
DECLARE
    partition_name text := 'event_log_' || to_char(day, 'YYYYMMDD');
BEGIN
    IF to_regclass(partition_name) IS NOT NULL THEN
        RETURN false;
    END IF;
    -- One at a time, and the lock of the table rather than another: who gets it sees what its last holder made. It locks
    -- out neither readers nor writers, and a partition made apart and attached needs no more.
    LOCK TABLE event_log IN SHARE UPDATE EXCLUSIVE MODE;
    IF to_regclass(partition_name) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE event_log INCLUDING ALL)', partition_name);
    EXECUTE format('ALTER TABLE event_log ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                   partition_name, day::timestamp AT TIME ZONE 'UTC',
                   (day + 1)::timestamp AT TIME ZONE 'UTC');
    RETURN true;
END
$$;

-- Drops the partitions of the days before one and says how many. Everybody waits for a drop, and a drop waits for every
-- reader: it rather gives up, to be tried again.
CREATE FUNCTION event_log_drop_days(before date) RETURNS integer
    LANGUAGE plpgsql
    SET lock_timeout = '1s'
AS $$
DECLARE
    partition_name text;
    dropped        integer := 0;
BEGIN
    LOCK TABLE event_log IN SHARE UPDATE EXCLUSIVE MODE;
    FOR partition_name IN
        SELECT c.relname
        FROM pg_inherits i
        JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'event_log'::regclass
          AND c.relname ~ '^event_log_[0-9]{8}$'
          AND to_date(right(c.relname, 8), 'YYYYMMDD') < before
        ORDER BY c.relname
    LOOP
        EXECUTE format('DROP TABLE %I', partition_name);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END
$$;
