-- Which streams a spool still holds something for: nothing is decided on those meanwhile.
-- NULL: more than are named, so it may be any.
ALTER TABLE events_spool ADD COLUMN streams text[];
