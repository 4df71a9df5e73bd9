-- Positions are given after the commit, dense, by whoever reads the log.
-- An event whose transaction is still open waits for the next call; nothing is skipped.

-- Its names are resolved here and now, so it needs no search_path: with one it could not be inlined.
CREATE FUNCTION events_leaf(event events_event) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE
RETURN sha256(
    '\x00'::bytea
    || convert_to(event.stream, 'UTF8') || '\x00'::bytea
    || convert_to(event.type, 'UTF8') || '\x00'::bytea
    || int4send(event.version) || int4send(event.schema_version)
    || uuid_send(event.command_id) || int4send(event.command_index)
    || timestamptz_send(event.occurred_at)
    || timestamptz_send(event.received_at)
    || timestamptz_send(event.recorded_at)
    || sha256(convert_to(event.payload::text, 'UTF8'))
    || sha256(convert_to(event.metadata::text, 'UTF8'))
);

-- RFC 6962: an odd node rises unchanged, inner nodes are prefixed with 0x01.
CREATE FUNCTION events_merkle_root(leaves bytea[]) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    nodes bytea[] := leaves;
    size integer := cardinality(leaves);
BEGIN
    WHILE size > 1 LOOP
        FOR i IN 1 .. size / 2 LOOP
            nodes[i] := sha256('\x01'::bytea || nodes[2 * i - 1] || nodes[2 * i]);
        END LOOP;
        IF size % 2 = 1 THEN
            nodes[size / 2 + 1] := nodes[size];
        END IF;
        size := (size + 1) / 2;
    END LOOP;
    RETURN nodes[1];
END $$;

-- Numbers at most `batch` pending events and seals them in blocks; returns how many were numbered.
-- The planner's habit of scanning the whole log for a small range is switched off here.
CREATE FUNCTION events_sequence(batch integer DEFAULT 8192) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET jit = off
AS $$
DECLARE
    block_size CONSTANT integer := 1024;
    last_block events_block%ROWTYPE;
    head bigint;
    taken integer;
    current_epoch integer;
    first_of_block bigint;
    last_of_block bigint;
    merkle_root bytea;
    block_number bigint;
    previous bytea;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'events_sequence() needs READ COMMITTED: an older snapshot would not see '
            'what the previous caller numbered' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    LOCK TABLE events_sequencer IN EXCLUSIVE MODE;

    SELECT max(epoch) INTO STRICT current_epoch FROM events_epoch;
    SELECT * INTO last_block FROM events_block ORDER BY number DESC LIMIT 1;
    head := coalesce(last_block.last_position, 0);
    block_number := coalesce(last_block.number, 0);
    previous := coalesce(last_block.hash, '\x'::bytea);

    WITH gone AS (
        DELETE FROM events_pending
        WHERE event_id = ANY (ARRAY(
            SELECT event_id FROM events_pending ORDER BY event_id LIMIT batch))
        RETURNING event_id
    )
    INSERT INTO events_position (position, epoch, event_id)
    -- a row that somebody queued twice, or for no event, is dropped: it must not stop the others
    SELECT head + row_number() OVER (ORDER BY event_id), current_epoch, event_id
    FROM gone JOIN events_event ON events_event.id = gone.event_id
    WHERE NOT EXISTS (SELECT FROM events_position AS known WHERE known.event_id = gone.event_id);
    GET DIAGNOSTICS taken = ROW_COUNT;

    first_of_block := head + 1;
    WHILE first_of_block <= head + taken LOOP
        last_of_block := least(first_of_block + block_size - 1, head + taken);
        SELECT events_merkle_root(array_agg(events_leaf(event) ORDER BY numbered.position))
        INTO merkle_root
        FROM events_position AS numbered JOIN events_event AS event ON event.id = numbered.event_id
        WHERE numbered.position BETWEEN first_of_block AND last_of_block;
        block_number := block_number + 1;
        INSERT INTO events_block
            (number, epoch, first_position, last_position, previous_hash, root, hash)
        VALUES (block_number, current_epoch, first_of_block, last_of_block, previous, merkle_root,
            sha256(previous || int8send(block_number) || int4send(current_epoch)
                || int8send(first_of_block) || int8send(last_of_block) || merkle_root))
        RETURNING hash INTO previous;
        first_of_block := last_of_block + 1;
    END LOOP;
    RETURN taken;
END $$;

-- What is committed after a position: how many events, numbered or not, and the age of the oldest.
CREATE FUNCTION events_lag(after bigint, OUT events bigint, OUT seconds double precision)
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH unnumbered AS (
        SELECT pending.event_id FROM events_pending AS pending
        WHERE EXISTS (SELECT FROM events_event AS event WHERE event.id = pending.event_id)
        AND NOT EXISTS (
            SELECT FROM events_position AS known WHERE known.event_id = pending.event_id)
    )
    SELECT (SELECT coalesce(max(position), 0) FROM events_position) - after
            + (SELECT count(*) FROM unnumbered),
        (SELECT extract(epoch FROM clock_timestamp() - min(event.recorded_at))
         FROM (SELECT event_id FROM events_position WHERE position = after + 1
               UNION ALL SELECT event_id FROM unnumbered) AS unseen
         JOIN events_event AS event ON event.id = unseen.event_id);
END;
