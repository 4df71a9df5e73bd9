-- What the log refused after a receipt was given, for the desk of whoever takes it up.
-- A text that is not known is empty. Nothing of what was sent stands here.
CREATE TABLE read.set_aside (
    stream         text COLLATE "C" NOT NULL,
    row_key        text COLLATE "C" NOT NULL,
    stream_version integer NOT NULL,
    open           boolean NOT NULL,
    priority       smallint NOT NULL,
    received_at    timestamptz,
    set_aside_at   timestamptz,
    receipt_id     text NOT NULL,
    node           text NOT NULL,
    kind           text NOT NULL,
    target         text COLLATE "C" NOT NULL,
    reason         text NOT NULL,
    problems       text NOT NULL,
    sender         text COLLATE "C" NOT NULL,
    sender_role    text NOT NULL,
    institution    text COLLATE "C" NOT NULL,
    done           text NOT NULL,
    recorded_as    text NOT NULL,
    taken_up_by    text NOT NULL,
    taken_up_at    timestamptz,
    PRIMARY KEY (stream, row_key)
);
CREATE INDEX set_aside_open ON read.set_aside (priority, received_at, stream) WHERE open;
CREATE INDEX set_aside_done ON read.set_aside (taken_up_at DESC, stream) WHERE NOT open;
