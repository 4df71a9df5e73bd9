-- Which log this server holds, whether it writes, and how many of our commits hang on a standby.
-- The timeline is that of the next write: the control file lags behind a promotion.
SELECT
    (SELECT system_identifier FROM pg_control_system()),
    CASE WHEN NOT pg_is_in_recovery()
        THEN ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::integer END,
    (SELECT max(epoch) FROM events_epoch),
    (SELECT count(*) FROM pg_stat_activity
     WHERE usename = current_user AND wait_event = 'SyncRep'
     AND query_start < clock_timestamp() - interval '1 second')
