-- Who answered the telephone, and what: an agreement or a refusal, with the state of its request.
CREATE TABLE read.oral_calls (
    stream         text COLLATE "C" NOT NULL,
    row_key        text COLLATE "C" NOT NULL,
    stream_version integer NOT NULL,
    agent          text COLLATE "C" NOT NULL,
    called_at      timestamptz NOT NULL,
    agreed         boolean NOT NULL,
    number         text COLLATE "C" NOT NULL,
    institution    text COLLATE "C" NOT NULL,
    product_name   text,
    state          text COLLATE "C" NOT NULL,
    PRIMARY KEY (stream, row_key)
);
CREATE INDEX oral_calls_agent ON read.oral_calls (agent, called_at DESC, stream DESC, row_key DESC);
