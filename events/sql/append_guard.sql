EXISTS (SELECT FROM events_event AS known WHERE known.stream = %s AND known.version = %s)
