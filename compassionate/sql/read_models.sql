-- Read models of compassionate access: each row is made again from its stream at any time.
-- No column holds a direct identifier in clear: `initials` and `file_number` are ciphertext.

-- `rank` and `goal` are the order of the agency's queue: what cannot wait, then doses given already.
CREATE TABLE read.access_requests (
    stream         text COLLATE "C" NOT NULL,
    row_key        text COLLATE "C" NOT NULL,
    stream_version integer NOT NULL,
    state          text COLLATE "C" NOT NULL,
    kind           text,
    institution    text COLLATE "C" NOT NULL,
    author         text COLLATE "C" NOT NULL,
    prescriber     text COLLATE "C" NOT NULL,
    pharmacist     text,
    evaluator      text COLLATE "C" NOT NULL,
    product        text COLLATE "C",
    product_name   text,
    indication     text COLLATE "C",
    "deferrable"   boolean,
    rank           smallint NOT NULL,
    goal           timestamptz,
    wanted_on      date,
    received_at    timestamptz,
    silence_due    date,
    question_limit date,
    asked          smallint,
    conforms       boolean,
    proposal       text,
    route          text,
    given_at       timestamptz,
    regularised    boolean,
    renews         text COLLATE "C" NOT NULL,
    number         text COLLATE "C",
    initials       text,
    file_number    text,
    age            text,
    sex            text,
    flags          text NOT NULL,
    begun_at       timestamptz,
    decided_at     timestamptz,
    deposited_at   timestamptz,
    read_at        timestamptz,
    last_event_at  timestamptz,
    PRIMARY KEY (stream, row_key)
);
CREATE INDEX access_requests_queue ON read.access_requests (rank, goal, stream)
    WHERE state IN ('received', 'under_assessment', 'information_asked', 'to_sign', 'unreadable');
CREATE INDEX access_requests_to_regularise ON read.access_requests (given_at, stream)
    WHERE state = 'to_regularise';
CREATE INDEX access_requests_to_deposit ON read.access_requests (decided_at, stream)
    WHERE state IN ('granted', 'refused') AND deposited_at IS NULL;
CREATE INDEX access_requests_author ON read.access_requests (author, last_event_at DESC, stream DESC);
CREATE INDEX access_requests_prescriber ON read.access_requests (prescriber, last_event_at DESC, stream DESC);
CREATE INDEX access_requests_institution ON read.access_requests (institution, last_event_at DESC, stream DESC);
CREATE INDEX access_requests_inbox ON read.access_requests (institution, rank, stream)
    WHERE state IN ('at_pharmacy', 'to_regularise');
CREATE INDEX access_requests_renews ON read.access_requests (renews) WHERE renews <> '';
CREATE INDEX access_requests_received ON read.access_requests (received_at) WHERE received_at IS NOT NULL;

CREATE TABLE read.authorisations (
    stream          text COLLATE "C" NOT NULL,
    row_key         text COLLATE "C" NOT NULL,
    stream_version  integer NOT NULL,
    number          text COLLATE "C",
    request_id      uuid,
    state           text COLLATE "C" NOT NULL,
    institution     text COLLATE "C" NOT NULL,
    prescriber      text COLLATE "C" NOT NULL,
    product         text COLLATE "C",
    indication      text COLLATE "C",
    begins_on       date,
    ends_on         date,
    suspended_until date,
    ceases_on       date,
    replaced_by     text COLLATE "C",
    replaced_on     date,
    issued_at       timestamptz,
    remind_on       date,
    PRIMARY KEY (stream, row_key)
);
CREATE INDEX authorisations_number ON read.authorisations (number);
CREATE INDEX authorisations_ends ON read.authorisations (ends_on, stream) WHERE state IN ('active', 'suspended');
CREATE INDEX authorisations_remind ON read.authorisations (remind_on, stream)
    WHERE state IN ('active', 'suspended') AND replaced_by IS NULL;
CREATE INDEX authorisations_prescriber ON read.authorisations (prescriber, ends_on, stream);
CREATE INDEX authorisations_institution ON read.authorisations (institution, ends_on, stream);
CREATE INDEX authorisations_suspended ON read.authorisations (suspended_until) WHERE state = 'suspended';

CREATE TABLE read.criteria_sheets (
    stream           text COLLATE "C" NOT NULL,
    row_key          text COLLATE "C" NOT NULL,
    stream_version   integer NOT NULL,
    product          text COLLATE "C" NOT NULL,
    product_name     text NOT NULL,
    indication       text COLLATE "C" NOT NULL,
    indication_text  text NOT NULL,
    holder           text NOT NULL,
    status           text NOT NULL,
    version          integer,
    in_force_from    timestamptz,
    max_days         integer,
    prepared         boolean NOT NULL,
    protocol_version integer,
    ceases_on        date,
    rare             boolean NOT NULL,
    very_early       boolean NOT NULL,
    PRIMARY KEY (stream, row_key)
);
CREATE INDEX criteria_sheets_product ON read.criteria_sheets (product, indication);

CREATE TABLE read.holder_files (
    stream           text COLLATE "C" NOT NULL,
    row_key          text COLLATE "C" NOT NULL,
    stream_version   integer NOT NULL,
    product          text COLLATE "C" NOT NULL,
    indication       text COLLATE "C" NOT NULL,
    holder           text NOT NULL,
    opened_at        timestamptz NOT NULL,
    informed_on      date,
    undertaking_due  date,
    undertaken_on    date,
    granted_on       date,
    filing_due       date,
    filed_on         date,
    maintained_until date,
    PRIMARY KEY (stream, row_key)
);
CREATE INDEX holder_files_filing ON read.holder_files (filing_due) WHERE filing_due IS NOT NULL;

CREATE TABLE read.follow_ups (
    stream         text COLLATE "C" NOT NULL,
    row_key        text COLLATE "C" NOT NULL,
    stream_version integer NOT NULL,
    number         text COLLATE "C" NOT NULL,
    begins_on      date NOT NULL,
    ends_on        date NOT NULL,
    next_due       date,
    due            integer NOT NULL,
    received       integer NOT NULL,
    linked         integer NOT NULL,
    ended_on       date,
    PRIMARY KEY (stream, row_key)
);
CREATE INDEX follow_ups_next ON read.follow_ups (next_due, stream) WHERE next_due IS NOT NULL;
CREATE INDEX follow_ups_number ON read.follow_ups (number);
