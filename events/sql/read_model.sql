-- How far each read model has come, what it could not read, rebuilds under way (these can be lost
-- and made again), and the outbox of what leaves the house. All of it belongs to the projector.

CREATE TABLE read.events_checkpoint (
    projection text PRIMARY KEY,
    version    integer NOT NULL,
    epoch      integer NOT NULL,
    position   bigint NOT NULL,
    digest     text NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE read.events_parked (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    projection text NOT NULL,
    stream     text COLLATE "C" NOT NULL,
    version    integer NOT NULL,
    code       text NOT NULL,
    reason     text NOT NULL,
    digest     text NOT NULL,
    parked_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (projection, stream)
);

CREATE TABLE read.events_rebuild (
    projection text PRIMARY KEY,
    digest     text NOT NULL,
    partitions integer NOT NULL,
    epoch      integer NOT NULL,
    head       bigint NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE read.events_rebuild_part (
    projection text NOT NULL,
    part       integer NOT NULL,
    streams    bigint NOT NULL,
    events     bigint NOT NULL,
    rows       bigint NOT NULL,
    parked     bigint NOT NULL,
    seconds    double precision NOT NULL,
    PRIMARY KEY (projection, part)
);

-- What leaves the house because of an event: planned once, sent once, never by a replay.
CREATE TABLE read.events_reaction (
    name       text PRIMARY KEY,
    epoch      integer NOT NULL,
    position   bigint NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE read.events_outbox (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    command_id    uuid NOT NULL,
    command_index integer NOT NULL,
    recipient     text NOT NULL,
    template      text NOT NULL,
    stream        text NOT NULL,
    epoch         integer NOT NULL,
    position      bigint NOT NULL,
    state         text NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'sent', 'held', 'failed', 'in_doubt', 'dropped')),
    attempts      integer NOT NULL DEFAULT 0,
    next_try_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    sent_at       timestamptz,
    error         text NOT NULL DEFAULT '',
    UNIQUE (command_id, command_index, recipient, template)
);
CREATE INDEX events_outbox_open ON read.events_outbox (state, next_try_at)
    WHERE state NOT IN ('sent', 'dropped');
CREATE INDEX events_outbox_due ON read.events_outbox (id) WHERE state = 'waiting';
