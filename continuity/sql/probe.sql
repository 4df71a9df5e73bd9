-- The beacon writes here to see that the database takes a write, a worker to show that it works.
CREATE TABLE continuity_probe (
    node        text PRIMARY KEY,
    asked_at    timestamptz NOT NULL,
    answered_at timestamptz
);
REVOKE ALL ON continuity_probe FROM PUBLIC;
GRANT SELECT, INSERT (node, asked_at), UPDATE (asked_at) ON continuity_probe TO {app};
GRANT SELECT, UPDATE (answered_at) ON continuity_probe TO {projector};
