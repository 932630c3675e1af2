-- Rows of three people in every table: Ada (a…) and Bob (b…) in one workspace, Cyd (c…) in another. Every id of a row begins
-- with the letter of whose it is.
CREATE FUNCTION id(whose text, number int) RETURNS uuid LANGUAGE sql IMMUTABLE
RETURN (whose || '0000000-0000-4000-8000-' || lpad(number::text, 12, '0'))::uuid;

INSERT INTO workspaces (id, name) VALUES (id('d', 1), 'theirs'), (id('c', 1), 'hers');
DO $$
DECLARE
    p  text;
    w  uuid;
    me uuid;
BEGIN
    PERFORM event_log_make_day('2026-01-01');
    FOREACH p IN ARRAY ARRAY['a', 'b', 'c'] LOOP
        me := id(p, 2);
        w := CASE p WHEN 'c' THEN id('c', 1) ELSE id('d', 1) END;
        INSERT INTO users (id, name, email) VALUES (me, p, p || '@example.com');
        INSERT INTO memberships (workspace_id, user_id, role) VALUES (w, me, 'owner');
        INSERT INTO api_tokens (id, workspace_id, user_id, name, token_hash)
            VALUES (id(p, 3), w, me, p, sha256(p::bytea));
        INSERT INTO sessions (id, secret_hash, workspace_id, user_id, token_id, idle_until, expires_at)
            VALUES (id(p, 4), sha256(p::bytea), w, me, id(p, 3), now() + '1 day', now() + '1 day');
        INSERT INTO teams (id, workspace_id, name) VALUES (id(p, 5), w, p);
        INSERT INTO team_members (team_id, workspace_id, user_id, role) VALUES (id(p, 5), w, me, 'owner');
        INSERT INTO invitations (id, workspace_id, role, secret_hash, inviter_id, inviter, expires_at)
            VALUES (id(p, 6), w, 'member', sha256(p::bytea), me, p, now() + '1 day');
        INSERT INTO password_links (id, user_id, secret_hash, expires_at)
            VALUES (id(p, 7), me, sha256(p::bytea), now() + '1 day');
        INSERT INTO oidc_identities (id, user_id, provider, issuer, subject) VALUES (id(p, 8), me, 'x', 'x', p);
        INSERT INTO oidc_logins (id, state_hash, browser_hash, provider, secrets, return_to, linking, expires_at)
            VALUES (id(p, 9), sha256(p::bytea), sha256(p::bytea), 'x', 'x', '/', me, now() + '1 day');
        INSERT INTO login_requests (id, code_hash, secret_hash, name, address, expires_at, workspace_id, user_id, approved_at)
            VALUES (id(p, 10), sha256(p::bytea), sha256(p::bytea), p, 'x', now() + '1 day', w, me, now());
        INSERT INTO conversations (id, workspace_id, owner_id, title, agent) VALUES (id(p, 11), w, me, p, 'jarvis');
        INSERT INTO runs (id, workspace_id, conversation_id, owner_id, ordinal, job_id, agent)
            VALUES (id(p, 12), w, id(p, 11), me, 1, id(p, 13), 'jarvis');
        INSERT INTO messages (id, workspace_id, conversation_id, seq, role, content, run_id)
            VALUES (id(p, 14), w, id(p, 11), 1, 'user', p, id(p, 12));
        INSERT INTO run_steps (run_id, step, workspace_id, kind, state, epoch, name, context_seq, output)
            VALUES (id(p, 12), 1, w, 'model', 'completed', 1, 'm', 1, '{}');
        INSERT INTO run_log (run_id, first_seq, last_seq, epoch, workspace_id, events)
            VALUES (id(p, 12), 1, 1, 0, w, '[{}]');
        INSERT INTO run_watch (run_id, epoch, recoveries) VALUES (id(p, 12), 1, 0);
        INSERT INTO summaries (id, workspace_id, owner_id, conversation_id, kind, first_ordinal, last_ordinal, content, model)
            VALUES (id(p, 15), w, me, id(p, 11), 'session', 1, 1, p, 'm');
        INSERT INTO summary_drafts (conversation_id, kind) VALUES (id(p, 11), 'session');
        INSERT INTO memories (id, workspace_id, user_id, kind, role, content) VALUES (id(p, 16), w, me, 'note', 'user', p);
        INSERT INTO memory_chunks (id, memory_id, workspace_id, user_id, ordinal, content)
            VALUES (id(p, 17), id(p, 16), w, me, 0, p);
        INSERT INTO memory_vectors (chunk_id, workspace_id, user_id) VALUES (id(p, 17), w, me);
        INSERT INTO run_memories (run_id, memory_id) VALUES (id(p, 12), id(p, 16));
        INSERT INTO memory_forgotten (message_id, conversation_id, seq) VALUES (id(p, 14), id(p, 11), 1);
        INSERT INTO channel_links (id, workspace_id, user_id, channel, external_user_id, display_name)
            VALUES (id(p, 18), w, me, 'telegram', p, p);
        INSERT INTO channel_link_codes (code_hash, workspace_id, user_id, channel, expires_at)
            VALUES (sha256(p::bytea), w, me, 'telegram', now() + '1 day');
        INSERT INTO channel_mappings (id, workspace_id, channel, chat_id, agent) VALUES (id(p, 19), w, 'telegram', p, 'jarvis');
        INSERT INTO channel_chats (channel, chat_id, link_id) VALUES ('telegram', p, id(p, 18));
        INSERT INTO channel_inbox (channel, update_id, message_id) VALUES ('telegram', ascii(p), id(p, 14));
        INSERT INTO channel_deliveries (id, channel, chat_id, workspace_id, job_id, run_id)
            VALUES (id(p, 20), 'telegram', p, w, id(p, 21), id(p, 12));
        INSERT INTO channel_posts (delivery_id, piece, part) VALUES (id(p, 20), p, 0);
        INSERT INTO outbox (id, kind, workspace_id, topic, data) VALUES (id(p, 22), 'event', w, 'x', '{}');
        INSERT INTO event_log (id, time, workspace_id, type, source, subject, actor, data)
            VALUES (id(p, 23), '2026-01-01 12:00Z', w, 'x', 'x', 'x', p, '{}');
        INSERT INTO audit_log (workspace_id, actor_id, actor, action, target_type, target_id, outcome)
            VALUES (w, me, p, 'x', 'x', 'x', 'done');
        INSERT INTO audit_repeats (workspace_id, minute, action, outcome, actor_id, network, about)
            VALUES (w, now(), 'x', 'denied', me, 'x', 'x');
        INSERT INTO queue_pauses (queue, id, reason, paused_by, paused_at) VALUES (p, id(p, 24), 'x', p, now());
        INSERT INTO bus_lives (life, name) VALUES (ascii(p), p);
        INSERT INTO schedules (name, service, expression, zone) VALUES (p, 'x', 'x', 'x');
        INSERT INTO service_instances (id, service, version, grpc_address, admin_address) VALUES (id(p, 25), 'x', 'x', 'x', 'x');
    END LOOP;
    INSERT INTO memory_progress (back_to, through) VALUES (id('c', 26), id('c', 27));
END
$$;
