"""The embedded stack: PostgreSQL from a wheel, and a supervisor of it, web, worker and beat."""
