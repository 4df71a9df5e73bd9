-- Decided requests of which a dose was told since; Django writes the pattern in just this way.
CREATE INDEX access_requests_given_after ON read.access_requests (decided_at, stream)
    WHERE flags LIKE '%given\_after\_decision%';
