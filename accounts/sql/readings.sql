-- Who read which file when and why, of those whose readings are recorded. Nothing of a patient
-- stands here: `reference` is what the reader typed, as ciphertext.
CREATE TABLE read.readings (
    stream         text COLLATE "C" NOT NULL,
    row_key        text COLLATE "C" NOT NULL,
    stream_version integer NOT NULL,
    reader         text COLLATE "C" NOT NULL,
    file           text COLLATE "C" NOT NULL,
    opened         text NOT NULL,
    number         text COLLATE "C" NOT NULL,
    letter         integer,
    document       uuid,
    as_of          timestamptz,
    place          text NOT NULL,
    ground         text NOT NULL,
    reference      text,
    read_at        timestamptz NOT NULL,
    PRIMARY KEY (stream, row_key)
);
CREATE INDEX readings_read ON read.readings (read_at DESC, stream DESC);
CREATE INDEX readings_file ON read.readings (file, read_at DESC, stream DESC);
