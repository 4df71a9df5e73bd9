-- Decided requests of which a dose was corrected since; Django writes the pattern in just this way.
CREATE INDEX access_requests_corrected ON read.access_requests (decided_at, stream)
    WHERE flags LIKE '%corrected\_after\_decision%';
