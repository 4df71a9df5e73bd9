-- Where a node shows that the log takes writes: a row of its own, written and committed as an append
-- is, before its clinicians' declarations are offered to the log.
CREATE TABLE events_probe (
    node      text COLLATE "C" PRIMARY KEY,
    proven_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);

REVOKE ALL ON events_probe FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE ON events_probe TO {app};
GRANT SELECT ON events_probe TO {projector};
