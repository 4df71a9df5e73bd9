secret AS (
    INSERT INTO events_subject_key (subject, wrapped)
    SELECT * FROM (VALUES {rows}) AS given WHERE EXISTS (SELECT FROM new)
),
