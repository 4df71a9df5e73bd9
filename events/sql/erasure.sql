-- Erasure: the key goes, the ciphertext and the chain stay. Whoever has no key gets none any more.
-- Returns whether there was a key.
CREATE OR REPLACE FUNCTION events_destroy_key(person text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO events_subject_key (subject, wrapped, destroyed_at)
    VALUES (person, NULL, clock_timestamp()) ON CONFLICT (subject) DO NOTHING;
    IF FOUND THEN
        RETURN false;
    END IF;
    UPDATE events_subject_key SET wrapped = NULL, destroyed_at = clock_timestamp()
    WHERE subject = person AND wrapped IS NOT NULL;
    RETURN FOUND;
END $$;
