-- Read models live apart: their schema belongs to the projector, the web only reads it.
CREATE SCHEMA IF NOT EXISTS read AUTHORIZATION {projector};
GRANT USAGE ON SCHEMA read TO {app};
ALTER DEFAULT PRIVILEGES FOR ROLE {projector} IN SCHEMA read GRANT SELECT ON TABLES TO {app};
