-- What happened to authorisations and from which day on it is so: what the published lists count.
CREATE TABLE read.authorisation_changes (
    stream         text COLLATE "C" NOT NULL,
    row_key        text COLLATE "C" NOT NULL,
    stream_version integer NOT NULL,
    product        text COLLATE "C",
    indication     text COLLATE "C",
    change         text COLLATE "C" NOT NULL,
    changed_on     date NOT NULL,
    PRIMARY KEY (stream, row_key)
);
CREATE INDEX authorisation_changes_day ON read.authorisation_changes (changed_on);
