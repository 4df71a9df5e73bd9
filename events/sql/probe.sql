-- An append without an event: the same locks on the same tables, the same commit, one real row.
WITH event AS (
    INSERT INTO events_event (stream, version, type, schema_version, command_id, command_index,
        payload, metadata, occurred_at, received_at)
    SELECT stream, version, type, schema_version, command_id, command_index,
        payload, metadata, occurred_at, received_at
    FROM events_event WHERE false
),
pending AS (
    INSERT INTO events_pending (event_id) SELECT event_id FROM events_pending WHERE false
),
secret AS (
    INSERT INTO events_subject_key (subject, wrapped)
    SELECT subject, wrapped FROM events_subject_key WHERE false
),
command AS (
    INSERT INTO events_command (command_id, digest, result)
    SELECT command_id, digest, result FROM events_command WHERE false
)
INSERT INTO events_probe (node) VALUES (%s)
ON CONFLICT (node) DO UPDATE SET proven_at = clock_timestamp()
