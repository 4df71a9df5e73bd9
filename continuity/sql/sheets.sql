-- Degraded-mode sheets: one row for each of which anything is known, and the blocks issued.
-- A text that is not known is empty; codes of a list stand in one text, separated by spaces.
-- No column holds a direct identifier.
CREATE TABLE read.sheets (
    stream           text COLLATE "C" NOT NULL,
    row_key          text COLLATE "C" NOT NULL,
    stream_version   integer NOT NULL,
    number           text COLLATE "C" NOT NULL,
    site             text COLLATE "C" NOT NULL,
    rank             integer NOT NULL,
    open             boolean NOT NULL,
    state            text NOT NULL,
    kind             text NOT NULL,
    channel          text NOT NULL,
    urgency          smallint NOT NULL,
    occurred_at      timestamptz,
    received_at      timestamptz,
    recorded_at      timestamptz,
    department       text COLLATE "C" NOT NULL,
    institution      text COLLATE "C" NOT NULL,
    recorder         text NOT NULL,
    drug             text NOT NULL,
    reaction         text NOT NULL,
    questions        text NOT NULL,
    differing        text NOT NULL,
    matched_to       text NOT NULL,
    versions         integer NOT NULL,
    lost_proposed_by text NOT NULL,
    PRIMARY KEY (stream, row_key)
);
CREATE INDEX sheets_open ON read.sheets (urgency, received_at, stream) WHERE open;
CREATE INDEX sheets_ended ON read.sheets (received_at DESC, stream DESC) WHERE NOT open;
CREATE INDEX sheets_rank ON read.sheets (site, rank);

CREATE TABLE read.sheet_blocks (
    stream         text COLLATE "C" NOT NULL,
    row_key        text COLLATE "C" NOT NULL,
    stream_version integer NOT NULL,
    site           text COLLATE "C" NOT NULL,
    first          integer NOT NULL,
    last           integer NOT NULL,
    holder         text NOT NULL,
    valid_until    date NOT NULL,
    issued_at      timestamptz NOT NULL,
    PRIMARY KEY (stream, row_key)
);
CREATE INDEX sheet_blocks_site ON read.sheet_blocks (site, first);
