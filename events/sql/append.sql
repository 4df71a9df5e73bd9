-- The one statement that writes events; autocommit, no lock, one round trip. events.store fills in
-- the rows. A stream that goes on is guarded: its last known version must exist, or nothing is
-- written. A new one needs no guard: like a concurrent append, a stream that exists already breaks
-- UNIQUE (stream, version).
WITH new AS (
    INSERT INTO events_event (stream, version, type, schema_version, command_id, command_index,
        payload, metadata, occurred_at, received_at)
    SELECT * FROM (VALUES {events}) AS given {guard}
    RETURNING id, recorded_at
),
queued AS (
    INSERT INTO events_pending (event_id) SELECT id FROM new
),
{keys}
done AS (
    INSERT INTO events_command (command_id, digest, result, receipt)
    SELECT %s::uuid, %s::bytea, %s::json, %s::text WHERE EXISTS (SELECT FROM new)
)
SELECT recorded_at::text FROM new LIMIT 1
