-- When a clock has to look again: rows of each stream of which something is still to come.
CREATE TABLE read.access_delays (
    stream         text COLLATE "C" NOT NULL,
    row_key        text COLLATE "C" NOT NULL,
    stream_version integer NOT NULL,
    at             timestamptz NOT NULL,
    given_at       timestamptz,
    PRIMARY KEY (stream, row_key)
);
CREATE INDEX access_delays_at ON read.access_delays (at, stream);

CREATE TABLE read.access_deposits (
    stream         text COLLATE "C" NOT NULL,
    row_key        text COLLATE "C" NOT NULL,
    stream_version integer NOT NULL,
    decided_at     timestamptz NOT NULL,
    leaves         boolean NOT NULL,
    PRIMARY KEY (stream, row_key)
);
CREATE INDEX access_deposits_decided ON read.access_deposits (leaves, decided_at, stream);
DROP INDEX read.access_requests_to_deposit;

CREATE TABLE read.follow_up_reminders (
    stream         text COLLATE "C" NOT NULL,
    row_key        text COLLATE "C" NOT NULL,
    stream_version integer NOT NULL,
    number         text COLLATE "C" NOT NULL,
    due_on         date NOT NULL,
    PRIMARY KEY (stream, row_key)
);
CREATE INDEX follow_up_reminders_due ON read.follow_up_reminders (due_on, stream);
