-- Row security: the second wall. Whoever asks says with the transaction on whose behalf, and sees no other rows, whatever the
-- statement says. Nothing said: no row. What SQL cannot state is written in README.md beside this file.

-- On whose behalf. A setting that was made for a transaction before is empty afterwards, not absent.
CREATE FUNCTION mosaic_workspace() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN NULLIF(current_setting('mosaic.workspace_id', true), '')::uuid;
CREATE FUNCTION mosaic_user() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
RETURN NULLIF(current_setting('mosaic.user_id', true), '')::uuid;
CREATE FUNCTION mosaic_purpose() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
RETURN NULLIF(current_setting('mosaic.purpose', true), '');
CREATE FUNCTION mosaic_outbox() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN COALESCE(current_setting('mosaic.outbox', true), '') = 'on';

-- Answers that a planner takes for as likely as not: it must not think that hardly a row is seen.
CREATE FUNCTION mosaic_serves(purposes text[]) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN COALESCE(mosaic_purpose() = ANY (purposes), false);
CREATE FUNCTION mosaic_alone() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
RETURN mosaic_user() IS NULL;

-- Whether a run is there and somebody else's. One that is written by the same statement is not there yet.
CREATE FUNCTION mosaic_run_is_foreign(run uuid) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
    before text := COALESCE(current_setting('mosaic.purpose', true), '');
    stands boolean;
BEGIN
    PERFORM set_config('mosaic.purpose', 'watch', true);
    SELECT EXISTS (SELECT FROM runs r
                   WHERE r.id = run
                     AND (r.workspace_id, r.owner_id) IS DISTINCT FROM (mosaic_workspace(), mosaic_user()))
    INTO stands;
    PERFORM set_config('mosaic.purpose', before, true);
    RETURN stands;
END
$$;

-- The policies of a table: what a purpose, a workspace or a person may see and change, and what may be read beyond that.
-- Every part that does not look at the row is asked once for a statement.
CREATE FUNCTION mosaic_guard(guarded regclass, purposes text[], mine text, shown text, written text) RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    system text := format('(SELECT mosaic_serves(%L))', purposes || 'migrate'::text);
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', guarded);
    EXECUTE format('CREATE POLICY own ON %s USING (%s OR (%s)) WITH CHECK (%s OR (%s))',
                   guarded, system, mine, system, COALESCE(written, mine));
    IF shown IS NOT NULL THEN
        EXECUTE format('CREATE POLICY shown ON %s FOR SELECT USING (%s)', guarded, shown);
    END IF;
END
$$;

DO $$
DECLARE
    here   text := 'workspace_id = (SELECT mosaic_workspace())';
    alone  text := '(SELECT mosaic_alone())';
    owned  text := here || ' AND (' || alone || ' OR owner_id = (SELECT mosaic_user()))';
    used   text := here || ' AND (' || alone || ' OR user_id = (SELECT mosaic_user()))';
    admin  text := here || ' AND ' || alone;
    spoken text := 'EXISTS (SELECT FROM conversations c WHERE c.id = conversation_id)';
    ran    text := 'EXISTS (SELECT FROM runs r WHERE r.id = run_id)';
BEGIN
    -- People and where they belong.
    PERFORM mosaic_guard('workspaces', '{credentials,setup,installation}',
        'id = (SELECT mosaic_workspace()) AND ' || alone, 'id = (SELECT mosaic_workspace())', NULL);
    PERFORM mosaic_guard('users', '{credentials,setup,installation,worker,watchdog,channels}',
        'id = (SELECT mosaic_user())',
        'EXISTS (SELECT FROM memberships m WHERE m.user_id = users.id AND m.workspace_id = (SELECT mosaic_workspace()))
         OR (' || alone || ' AND EXISTS (SELECT FROM conversations c
                                         WHERE c.owner_id = users.id AND c.workspace_id = (SELECT mosaic_workspace())))',
        NULL);
    -- Nobody gives themselves a role.
    PERFORM mosaic_guard('memberships', '{credentials,setup,installation,worker,watchdog,channels}', used, here, admin);
    PERFORM mosaic_guard('teams', '{credentials,installation}', admin, here, NULL);
    PERFORM mosaic_guard('team_members', '{credentials,installation}', used, here, admin);
    PERFORM mosaic_guard('invitations', '{credentials,installation}', admin, NULL, NULL);
    PERFORM mosaic_guard('api_tokens', '{credentials,setup,installation}', used, NULL, NULL);
    PERFORM mosaic_guard('sessions', '{credentials,installation}', used, NULL, NULL);
    PERFORM mosaic_guard('password_links', '{credentials,installation}', 'user_id = (SELECT mosaic_user())', NULL, NULL);
    PERFORM mosaic_guard('oidc_identities', '{credentials,installation,sealing}',
        'user_id = (SELECT mosaic_user())', NULL, NULL);
    PERFORM mosaic_guard('oidc_logins', '{credentials,sealing,installation}', 'false', NULL, NULL);
    PERFORM mosaic_guard('login_requests', '{credentials,installation}', used, NULL, NULL);

    -- What was said, and the runs that answer.
    PERFORM mosaic_guard('conversations', '{worker,watch,watchdog,indexer,summarizer,channels,installation}', owned, NULL, NULL);
    PERFORM mosaic_guard('runs', '{worker,watch,watchdog,indexer,summarizer,channels,relay,fleet,installation}', owned, NULL, NULL);
    PERFORM mosaic_guard('messages', '{worker,watchdog,indexer,summarizer,channels,installation}',
        here || ' AND ' || spoken, NULL, NULL);
    PERFORM mosaic_guard('run_steps', '{worker,watchdog,installation}', here || ' AND ' || ran, NULL, NULL);
    PERFORM mosaic_guard('run_log', '{worker,watch,watchdog,channels,installation}', here || ' AND ' || ran, NULL,
        here || ' AND (' || alone || ' OR NOT mosaic_run_is_foreign(run_id))');
    PERFORM mosaic_guard('run_watch', '{worker,watchdog,installation}', ran, NULL, NULL);
    PERFORM mosaic_guard('summaries', '{worker,summarizer,installation}', owned, NULL, NULL);
    PERFORM mosaic_guard('summary_drafts', '{summarizer,installation}', spoken, NULL, NULL);

    -- What is remembered.
    PERFORM mosaic_guard('memories', '{indexer,installation}', used, NULL, NULL);
    PERFORM mosaic_guard('memory_chunks', '{indexer,installation}', used, NULL, NULL);
    PERFORM mosaic_guard('memory_vectors', '{indexer,installation}', used, NULL, NULL);
    PERFORM mosaic_guard('run_memories', '{indexer,installation}', ran, NULL, NULL);
    PERFORM mosaic_guard('memory_forgotten', '{indexer,summarizer,installation}', spoken, NULL, NULL);
    PERFORM mosaic_guard('memory_progress', '{indexer}', 'false', NULL, NULL);

    -- Chats.
    PERFORM mosaic_guard('channel_links', '{channels,installation}', used, NULL, NULL);
    PERFORM mosaic_guard('channel_link_codes', '{credentials,channels,installation}', used, NULL, NULL);
    PERFORM mosaic_guard('channel_mappings', '{channels,installation}', admin, here, NULL);
    PERFORM mosaic_guard('channel_chats', '{channels,installation}',
        'EXISTS (SELECT FROM channel_links l WHERE l.id = link_id)', NULL, NULL);
    PERFORM mosaic_guard('channel_inbox', '{channels,installation}', 'false', NULL, NULL);
    PERFORM mosaic_guard('channel_deliveries', '{channels,installation}',
        here || ' AND (' || alone || ' OR ' || ran || ')', NULL, NULL);
    PERFORM mosaic_guard('channel_posts', '{channels,installation}',
        'EXISTS (SELECT FROM channel_deliveries d WHERE d.id = delivery_id)', NULL, NULL);

    -- What is to be published, and what keeps the services together. Nobody's; on a person's behalf only where that is said.
    PERFORM mosaic_guard('outbox', '{worker,watchdog,indexer,summarizer,channels,relay,queues,schedules,installation}',
        here || ' AND (SELECT mosaic_outbox())', NULL, NULL);
    PERFORM mosaic_guard('queue_pauses', '{queues,relay}', 'false', NULL, NULL);
    PERFORM mosaic_guard('bus_lives', '{relay,queues}', 'false', NULL, NULL);
    PERFORM mosaic_guard('schedules', '{schedules}', 'false', NULL, NULL);
    PERFORM mosaic_guard('service_instances', '{fleet}', 'false', NULL, NULL);

    -- What happened. Everybody adds to the audit log; whoever looks after a workspace reads its part.
    PERFORM mosaic_guard('event_log', '{archive,installation}', admin, NULL, NULL);
    ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
    EXECUTE format('CREATE POLICY read ON audit_log FOR SELECT
                    USING ((SELECT mosaic_serves(%L)) OR (%s))',
                   '{installation,migrate}', admin);
    EXECUTE format('CREATE POLICY added ON audit_log FOR INSERT
                    WITH CHECK ((SELECT mosaic_purpose()) IS NOT NULL OR (%s))', here);
    PERFORM mosaic_guard('audit_repeats', '{credentials,setup,installation,fleet,queues}',
        here || ' AND (' || alone || ' OR actor_id = (SELECT mosaic_user()))', NULL, NULL);
END
$$;
DROP FUNCTION mosaic_guard(regclass, text[], text, text, text);

-- As in 0009, and behind the wall: whoever asks a partition past its table is shown nothing.
CREATE OR REPLACE FUNCTION event_log_make_day(day date) RETURNS boolean
    LANGUAGE plpgsql
    SET lock_timeout = '2s'
AS $$
DECLARE
    partition_name text := 'event_log_' || to_char(day, 'YYYYMMDD');
BEGIN
    IF to_regclass(partition_name) IS NOT NULL THEN
        RETURN false;
    END IF;
    LOCK TABLE event_log IN SHARE UPDATE EXCLUSIVE MODE;
    IF to_regclass(partition_name) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE event_log INCLUDING ALL)', partition_name);
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', partition_name);
    EXECUTE format('ALTER TABLE event_log ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                   partition_name, day::timestamp AT TIME ZONE 'UTC',
                   (day + 1)::timestamp AT TIME ZONE 'UTC');
    RETURN true;
END
$$;

-- Partitions are made and dropped for the services, which own nothing. Nobody reaches one past its table.
DO $$
DECLARE
    partition_table regclass;
BEGIN
    FOR partition_table IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'event_log'::regclass LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', partition_table);
    END LOOP;
    EXECUTE format('ALTER FUNCTION event_log_make_day(date) SECURITY DEFINER SET search_path = %I, pg_temp', current_schema());
    EXECUTE format('ALTER FUNCTION event_log_drop_days(date) SECURITY DEFINER SET search_path = %I, pg_temp', current_schema());
END
$$;
REVOKE EXECUTE ON FUNCTION event_log_make_day(date), event_log_drop_days(date) FROM PUBLIC;

-- Makes the role as which services connect, unless it is there. Called by `mosaic-migrate up`.
CREATE FUNCTION mosaic_make_role(role_name text, secret text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOINHERIT PASSWORD %L',
                   role_name, secret);
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN
        NULL;
    -- The server writes down the statement that failed, and this one holds the password: only the reason goes on.
    WHEN OTHERS THEN
        RAISE EXCEPTION USING ERRCODE = SQLSTATE, MESSAGE = SQLERRM;
END
$$;

-- Gives it what services need and nothing else. Called by every `mosaic-migrate up`, since tables are added.
CREATE FUNCTION mosaic_grant(role_name text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    here       text := current_schema();
    named      text;
    allowed    text;
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', here, role_name);
    FOR named, allowed IN
        SELECT c.relname,
               CASE WHEN c.relname IN ('_sqlx_migrations', 'schema_compatibility') THEN 'SELECT'
                    WHEN c.relname = 'audit_log' THEN 'SELECT, INSERT'
                    WHEN c.relname = 'audit_repeats' THEN 'SELECT, INSERT, UPDATE'
                    ELSE 'SELECT, INSERT, UPDATE, DELETE' END
        FROM pg_class c
        WHERE c.relnamespace = here::regnamespace
          AND c.relkind IN ('r', 'p')
          AND NOT c.relispartition
          AND (c.relrowsecurity OR c.relname IN ('_sqlx_migrations', 'schema_compatibility'))
    LOOP
        EXECUTE format('GRANT %s ON TABLE %I.%I TO %I', allowed, here, named, role_name);
    END LOOP;
    EXECUTE format('GRANT EXECUTE ON FUNCTION event_log_make_day(date), event_log_drop_days(date) TO %I', role_name);
END
$$;
REVOKE EXECUTE ON FUNCTION mosaic_make_role(text, text), mosaic_grant(text) FROM PUBLIC;

-- Code from before this says nothing, and would see nothing.
UPDATE schema_compatibility SET oldest_code = 13;
