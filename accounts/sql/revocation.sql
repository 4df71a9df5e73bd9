-- Whatever changes a person, an institution or a token says so in accounts_revocation, also a
-- statement that goes round the application. A claim issued to a person before `revoked_at` is
-- refused from then on; a year and a day is longer than any claim lives.
--
-- Written at the end of the transaction: whoever signs in while it goes on still reads the old row,
-- and what she is given then must be older than `revoked_at`.

CREATE FUNCTION accounts_revoke_person(person uuid, tokens boolean) RETURNS void
LANGUAGE sql AS $$
    INSERT INTO accounts_revocation (person, tokens, revoked_at, until)
    VALUES (person, tokens, clock_timestamp(), clock_timestamp() + interval '367 days')
$$;

CREATE FUNCTION accounts_person_changed() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM accounts_revoke_person(OLD.public_id, true);
    ELSIF (OLD.role, OLD.institution_id, OLD.department, OLD.is_active, OLD.public_id)
        IS DISTINCT FROM (NEW.role, NEW.institution_id, NEW.department, NEW.is_active, NEW.public_id)
    THEN
        PERFORM accounts_revoke_person(OLD.public_id, true);
    ELSIF OLD.password IS DISTINCT FROM NEW.password THEN
        -- Her software does not sign in by it.
        PERFORM accounts_revoke_person(OLD.public_id, false);
    END IF;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER person_changed AFTER UPDATE OR DELETE ON accounts_user
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION accounts_person_changed();

CREATE FUNCTION accounts_institution_changed() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.finess, OLD.department, OLD.territory)
        IS DISTINCT FROM (NEW.finess, NEW.department, NEW.territory)
    THEN
        PERFORM accounts_revoke_person(public_id, true)
        FROM accounts_user WHERE institution_id = NEW.id;
    END IF;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER institution_changed AFTER UPDATE ON accounts_institution
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION accounts_institution_changed();

CREATE FUNCTION accounts_token_ended() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL) THEN
        INSERT INTO accounts_revocation (jti, tokens, revoked_at, until)
        VALUES (OLD.jti, true, clock_timestamp(), OLD.expires_at)
        ON CONFLICT (jti) DO NOTHING;
    END IF;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER token_ended AFTER UPDATE OR DELETE ON accounts_apitoken
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION accounts_token_ended();
