-- What stops the log, and how it goes on: a halt, an epoch, streams whose history was changed.
-- Nobody writes these tables by hand: functions do, and keep every step.

-- A row that is not lifted stops every append, in whatever process.
CREATE TABLE events_halt (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    halted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    epoch     integer NOT NULL,
    finding   text NOT NULL,
    lifted_at timestamptz,
    lifted_by text,
    CHECK ((lifted_at IS NULL) = (lifted_by IS NULL))
);

-- Signed outside the database: its owner cannot explain a fork away by a row of his own.
ALTER TABLE events_epoch ADD COLUMN statement text NOT NULL DEFAULT '';

-- A block that does not hold what was sealed. `content` is the hash of what was found there: what
-- a person accepted is that, and not another change after it.
CREATE TABLE events_bad_block (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number      bigint NOT NULL,
    content     bytea NOT NULL,
    why         text NOT NULL,
    found_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    accepted_at timestamptz,
    accepted_by text,
    UNIQUE (number, content),
    CHECK ((accepted_at IS NULL) = (accepted_by IS NULL))
);

CREATE TABLE events_bad_stream (
    stream text COLLATE "C" NOT NULL,
    bad    bigint NOT NULL REFERENCES events_bad_block,
    PRIMARY KEY (stream, bad)
);

-- Asked for every event. It reads two tables that are nearly always empty; the names are qualified
-- because a search_path of its own would cost more than both.
CREATE FUNCTION events_gate() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM public.events_halt WHERE lifted_at IS NULL) THEN
        RAISE EXCEPTION 'the log is halted' USING ERRCODE = 'PVH01';
    END IF;
    IF EXISTS (SELECT FROM public.events_bad_stream AS parked
               JOIN public.events_bad_block AS block ON block.id OPERATOR(pg_catalog.=) parked.bad
               WHERE parked.stream OPERATOR(pg_catalog.=) NEW.stream
               AND block.accepted_at IS NULL) THEN
        RAISE EXCEPTION 'the stream is parked' USING ERRCODE = 'PVP01';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER gate BEFORE INSERT ON events_event FOR EACH ROW EXECUTE FUNCTION events_gate();
ALTER TABLE events_event ENABLE ALWAYS TRIGGER gate;

DO $$
DECLARE
    guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['events_halt', 'events_bad_block', 'events_bad_stream'] LOOP
        EXECUTE format('CREATE TRIGGER kept BEFORE DELETE ON %I '
                       'FOR EACH ROW EXECUTE FUNCTION events_refuse()', guarded);
        EXECUTE format('CREATE TRIGGER kept_truncate BEFORE TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION events_refuse()', guarded);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER kept, '
                       'ENABLE ALWAYS TRIGGER kept_truncate', guarded);
    END LOOP;
END $$;

-- Stops writing; returns whether it went on until now. Committed here whatever a standby does.
-- What was found in epoch `seen` says nothing about a later one, which has settled it: with the lock
-- held either that epoch is seen here, or its opening waits and lifts this halt.
CREATE FUNCTION events_stop(what text, seen integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'local', true);
    LOCK TABLE events_halt IN SHARE ROW EXCLUSIVE MODE;
    INSERT INTO events_halt (epoch, finding)
    SELECT seen, what
    WHERE seen = (SELECT max(epoch) FROM events_epoch)
    AND NOT EXISTS (SELECT FROM events_halt WHERE lifted_at IS NULL);
    RETURN FOUND;
END $$;

-- Lets writing go on in the same epoch: what had been found has been mended outside the log.
CREATE FUNCTION events_resume(who text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE events_halt SET lifted_at = clock_timestamp(), lifted_by = who WHERE lifted_at IS NULL;
    RETURN FOUND;
END $$;

-- Opens an epoch after `former`, which must be the newest, and lifts every halt. Nobody hands out
-- positions meanwhile. Returns its number, which may leave out some: a restored log does not know
-- which epochs came after it, whoever calls does.
CREATE FUNCTION events_open_epoch(
    former integer, opened integer, fork bigint, why text, signed text
) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    newest integer;
    head bigint;
BEGIN
    PERFORM set_config('synchronous_commit', 'local', true);
    LOCK TABLE events_sequencer IN EXCLUSIVE MODE;
    SELECT max(epoch) INTO STRICT newest FROM events_epoch;
    SELECT coalesce(max(position), 0) INTO STRICT head FROM events_position;
    IF newest <> former OR opened <= former OR fork > head OR fork < 0 THEN
        RAISE EXCEPTION 'epoch % at % does not follow epoch % at %', opened, fork, newest, head
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    INSERT INTO events_epoch (epoch, fork_position, reason, statement)
    VALUES (opened, fork, why, signed);
    UPDATE events_halt SET lifted_at = clock_timestamp(), lifted_by = 'epoch ' || opened
    WHERE lifted_at IS NULL;
    RETURN opened;
END $$;

-- Parks the streams of a bad block; returns how many were not parked for it before.
CREATE FUNCTION events_park(block bigint, seen bytea, reason text, streams text[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    parked integer;
BEGIN
    INSERT INTO events_bad_block (number, content, why) VALUES (block, seen, reason)
    ON CONFLICT DO NOTHING;
    INSERT INTO events_bad_stream (stream, bad)
    SELECT name, known.id FROM unnest(streams) AS name, events_bad_block AS known
    WHERE known.number = block AND known.content = seen
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS parked = ROW_COUNT;
    RETURN parked;
END $$;

-- A person takes the block as it is; returns whether it was waiting for that.
CREATE FUNCTION events_accept(block bigint, seen bytea, who text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE events_bad_block SET accepted_at = clock_timestamp(), accepted_by = who
    WHERE number = block AND content = seen AND accepted_at IS NULL;
    RETURN FOUND;
END $$;

-- Up to where this server's own log of changes is on its disk, and up to where a synchronous
-- standby confirms to have it on its own. NULL on a standby, without a standby, and where the
-- owner may not see other sessions (GRANT pg_read_all_stats).
CREATE FUNCTION events_replication(OUT flushed pg_lsn, OUT confirmed pg_lsn)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF pg_is_in_recovery() THEN
        RETURN;
    END IF;
    flushed := pg_current_wal_flush_lsn();
    SELECT max(standby.flush_lsn) INTO confirmed FROM pg_stat_replication AS standby
    WHERE standby.state = 'streaming' AND standby.sync_state IN ('sync', 'quorum');
END $$;

REVOKE ALL ON events_halt, events_bad_block, events_bad_stream FROM PUBLIC;
REVOKE ALL ON FUNCTION events_stop(text, integer), events_resume(text),
    events_open_epoch(integer, integer, bigint, text, text),
    events_park(bigint, bytea, text, text[]), events_accept(bigint, bytea, text),
    events_replication() FROM PUBLIC;
GRANT SELECT ON events_halt, events_bad_block, events_bad_stream TO {app}, {projector};
GRANT EXECUTE ON FUNCTION events_replication() TO {app}, {projector};
GRANT EXECUTE ON FUNCTION events_stop(text, integer), events_resume(text),
    events_open_epoch(integer, integer, bigint, text, text),
    events_park(bigint, bytea, text, text[]), events_accept(bigint, bytea, text) TO {projector};
