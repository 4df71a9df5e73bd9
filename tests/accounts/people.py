"""Seeded people for tests that need a database."""

from accounts.demo import seed_institutions, seed_people
from accounts.models import User


def demo_people() -> dict[str, User]:
    """Return the demo people by user name; none of them has a usable password."""
    people = seed_people(seed_institutions(), "!")
    return {user.username: user for user in people}
