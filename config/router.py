"""Which alias may change the schema: the owner's, and no other."""

from typing import Any


class MigrationsAsOwner:
    """Let migrations touch the database through the owner's alias only."""

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == "owner"

    def allow_relation(self, *objects: Any, **hints: Any) -> bool:
        # Three roles, one database.
        return True
