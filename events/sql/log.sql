-- The log: what happened, in tables that only grow. Owner: the owner role.
-- Streams compare byte by byte, so that every cluster and locale folds them in the same order.

CREATE TABLE events_event (
    id             bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY,
    stream         text COLLATE "C" NOT NULL,
    version        integer NOT NULL,
    type           text COLLATE "C" NOT NULL,
    schema_version integer NOT NULL,
    command_id     uuid NOT NULL,
    command_index  integer NOT NULL,
    -- json and not jsonb: the text that was hashed is the text that is kept
    payload        json NOT NULL,
    metadata       json NOT NULL,
    occurred_at    timestamptz NOT NULL,
    received_at    timestamptz NOT NULL,
    recorded_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT events_event_version UNIQUE (stream, version),
    -- one constraint and not four: each is parsed anew by every append
    CONSTRAINT events_event_shape CHECK (
        version > 0 AND schema_version > 0 AND command_index >= 0
        AND stream ~ '^[a-z_]+-[0-9a-f-]{36}$')
);

-- One row per command, written from its own events in the same statement: all of them or none.
CREATE TABLE events_command (
    command_id uuid CONSTRAINT events_command_once PRIMARY KEY,
    digest     bytea NOT NULL CHECK (length(digest) = 32),
    result     json NOT NULL
);

-- Events that have no position yet.
CREATE TABLE events_pending (
    event_id bigint PRIMARY KEY
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- The whole log in one order, without holes.
CREATE TABLE events_position (
    position bigint PRIMARY KEY CHECK (position > 0),
    epoch    integer NOT NULL,
    event_id bigint NOT NULL UNIQUE
);

-- A log restored to an earlier point hands its old positions to other events: each such fork
-- opens an epoch, and a position means something only together with its epoch.
CREATE TABLE events_epoch (
    epoch         integer PRIMARY KEY CHECK (epoch > 0),
    opened_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    fork_position bigint NOT NULL,
    reason        text NOT NULL
);

CREATE TABLE events_block (
    number         bigint PRIMARY KEY CHECK (number > 0),
    epoch          integer NOT NULL REFERENCES events_epoch,
    first_position bigint NOT NULL UNIQUE,
    last_position  bigint NOT NULL UNIQUE,
    previous_hash  bytea NOT NULL,
    root           bytea NOT NULL,
    hash           bytea NOT NULL,
    sealed_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (last_position >= first_position)
);

-- One key per person and stream, wrapped by a key outside the database. Destroyed = erased.
CREATE TABLE events_subject_key (
    subject      text COLLATE "C" CONSTRAINT events_subject_key_once PRIMARY KEY,
    wrapped      bytea,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    destroyed_at timestamptz,
    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
);

-- Empty for ever: its lock lets one caller at a time hand out positions.
CREATE TABLE events_sequencer (nothing integer CHECK (nothing IS NULL));

INSERT INTO events_epoch (epoch, fork_position, reason) VALUES (1, 0, 'first epoch');
