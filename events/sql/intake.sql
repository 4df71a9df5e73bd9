-- What intake leaves in the database: under which receipt a command was recorded, and what each
-- node's spool still held when it was last gone through.

ALTER TABLE events_command ADD COLUMN receipt text COLLATE "C";

CREATE TABLE events_spool (
    node        text COLLATE "C" PRIMARY KEY,
    reported_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    waiting     bigint NOT NULL,
    opening     bigint NOT NULL,
    damaged     bigint NOT NULL,
    oldest      timestamptz
);
REVOKE ALL ON events_spool FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON events_spool TO {app};
GRANT SELECT ON events_spool TO {projector};
