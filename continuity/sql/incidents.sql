-- Every incident, for the list of whoever runs the service and of the agency.
-- A text that is not known is empty.
CREATE TABLE read.incident (
    stream         text COLLATE "C" NOT NULL,
    row_key        text COLLATE "C" NOT NULL,
    stream_version integer NOT NULL,
    number         text COLLATE "C" NOT NULL,
    kind           text NOT NULL,
    title          text NOT NULL,
    services       text NOT NULL,
    nodes          text NOT NULL,
    since          timestamptz,
    restored_at    timestamptz,
    closed_at      timestamptz,
    degraded       boolean NOT NULL,
    bulletins      integer NOT NULL,
    next_update    timestamptz,
    open_actions   integer NOT NULL,
    reports        integer NOT NULL,
    PRIMARY KEY (stream, row_key)
);
CREATE INDEX incident_since ON read.incident (since DESC, stream);
