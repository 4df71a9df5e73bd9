-- Which declarations of an adverse reaction are linked to which authorisations: the way from one to the other.
CREATE TABLE read.linked_declarations (
    stream         text COLLATE "C" NOT NULL,
    row_key        text COLLATE "C" NOT NULL,
    stream_version integer NOT NULL,
    declaration_id uuid NOT NULL,
    number         text COLLATE "C" NOT NULL,
    PRIMARY KEY (stream, row_key)
);
CREATE INDEX linked_declarations_declaration ON read.linked_declarations (declaration_id, number);
