-- Read models of the declarations: each row is made again from its stream at any time.
-- A text that is not known is empty. Codes of a closed list stand in one text, separated by spaces; labels by ' · '.
-- No column holds a direct identifier in clear.

-- What the reviewers have before them: one row for each declaration that is not withdrawn.
-- `urgency` is the sort key: the first due date, a far day while the case is not valid, the first
-- day of the calendar where the stream cannot be read.
CREATE TABLE read.worklist (
    stream           text COLLATE "C" NOT NULL,
    row_key          text COLLATE "C" NOT NULL,
    stream_version   integer NOT NULL,
    urgency          date NOT NULL,
    status           text NOT NULL,
    valid            boolean NOT NULL,
    missing          text NOT NULL,
    serious          boolean NOT NULL,
    seriousness      text NOT NULL,
    day_zero         date,
    due              date,
    clock            text COLLATE "C" NOT NULL,
    department       text COLLATE "C" NOT NULL,
    centre           text COLLATE "C" NOT NULL,
    institution      text COLLATE "C" NOT NULL,
    declarant        text COLLATE "C" NOT NULL,
    unverified       boolean NOT NULL,
    profession       text NOT NULL,
    channel          text NOT NULL,
    product_kinds    text NOT NULL,
    drugs            text NOT NULL,
    reactions        text NOT NULL,
    follow_ups       integer NOT NULL,
    open_questions   integer NOT NULL,
    flags            text NOT NULL,
    received_at      timestamptz,
    last_received_at timestamptz,
    PRIMARY KEY (stream, row_key)
);
CREATE INDEX worklist_urgency ON read.worklist (urgency, stream);
CREATE INDEX worklist_urgency_serious ON read.worklist (urgency, stream) WHERE serious;
CREATE INDEX worklist_urgency_not_valid ON read.worklist (urgency, stream) WHERE NOT valid;
CREATE INDEX worklist_urgency_asked ON read.worklist (urgency, stream) WHERE status = 'information_requested';
CREATE INDEX worklist_department ON read.worklist (department, urgency, stream);
CREATE INDEX worklist_centre ON read.worklist (centre, urgency, stream);

-- What a clinician has declared, withdrawn declarations included.
-- `letters` and `initial` of the patient are ciphertext; pages open them for who may see them.
CREATE TABLE read.own_declarations (
    stream         text COLLATE "C" NOT NULL,
    row_key        text COLLATE "C" NOT NULL,
    stream_version integer NOT NULL,
    declarant      text COLLATE "C" NOT NULL,
    institution    text COLLATE "C" NOT NULL,
    department     text COLLATE "C" NOT NULL,
    status         text NOT NULL,
    valid          boolean NOT NULL,
    serious        boolean NOT NULL,
    drugs          text NOT NULL,
    reactions      text NOT NULL,
    letters        text NOT NULL,
    initial        text NOT NULL,
    open_questions integer NOT NULL,
    follow_ups     integer NOT NULL,
    received_at    timestamptz NOT NULL,
    last_event_at  timestamptz NOT NULL,
    PRIMARY KEY (stream, row_key)
);
CREATE INDEX own_declarations_declarant ON read.own_declarations (declarant, received_at DESC, stream DESC);
CREATE INDEX own_declarations_institution ON read.own_declarations (institution, received_at DESC, stream DESC);
CREATE INDEX own_declarations_department ON read.own_declarations (department, received_at DESC, stream DESC);
CREATE INDEX own_declarations_received ON read.own_declarations (received_at DESC, stream DESC);

-- One row for each legal clock that runs.
CREATE TABLE read.deadline_board (
    stream         text COLLATE "C" NOT NULL,
    row_key        text COLLATE "C" NOT NULL,
    stream_version integer NOT NULL,
    clock          text COLLATE "C" NOT NULL,
    day_zero       date NOT NULL,
    due            date NOT NULL,
    restarted_by   integer,
    department     text COLLATE "C" NOT NULL,
    PRIMARY KEY (stream, row_key)
);
CREATE INDEX deadline_board_due ON read.deadline_board (due, stream, row_key);
CREATE INDEX deadline_board_department ON read.deadline_board (department, due, stream, row_key);
