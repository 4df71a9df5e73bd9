-- For which grounds each request was refused; an empty one where none was asked for yet.
CREATE TABLE read.refusal_grounds (
    stream         text COLLATE "C" NOT NULL,
    row_key        text COLLATE "C" NOT NULL,
    stream_version integer NOT NULL,
    ground         text COLLATE "C" NOT NULL,
    PRIMARY KEY (stream, row_key)
);
