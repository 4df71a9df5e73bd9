-- Append-only is kept by the database: by triggers that fire always, and by privileges.
-- {app} and {projector} are the roles of the web and of the worker.

CREATE FUNCTION events_refuse() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: the log is append-only', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

DO $$
DECLARE
    guarded text;
BEGIN
    FOREACH guarded IN ARRAY ARRAY['events_event', 'events_command', 'events_position',
                                   'events_block', 'events_epoch'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I '
                       'FOR EACH ROW EXECUTE FUNCTION events_refuse()', guarded);
        EXECUTE format('CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION events_refuse()', guarded);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER append_only, '
                       'ENABLE ALWAYS TRIGGER append_only_truncate', guarded);
    END LOOP;
END $$;

REVOKE ALL ON events_event, events_command, events_pending, events_position, events_epoch,
    events_block, events_subject_key, events_sequencer FROM PUBLIC;
REVOKE ALL ON FUNCTION events_sequence(integer), events_lag(bigint), events_destroy_key(text) FROM PUBLIC;

GRANT SELECT ON events_event, events_command, events_pending, events_position, events_epoch,
    events_block, events_subject_key TO {app}, {projector};
-- Only the application writes. Named columns: nobody but the database chooses an event's id or its
-- recorded_at.
GRANT INSERT (stream, version, type, schema_version, command_id, command_index, payload, metadata,
    occurred_at, received_at) ON events_event TO {app};
GRANT INSERT ON events_command, events_pending TO {app};
GRANT INSERT (subject, wrapped) ON events_subject_key TO {app};
GRANT EXECUTE ON FUNCTION events_sequence(integer), events_lag(bigint) TO {app}, {projector};
GRANT EXECUTE ON FUNCTION events_destroy_key(text) TO {projector};
