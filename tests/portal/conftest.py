"""The demo people, and a doctor's browser."""

from tests.people import doctor, people

__all__ = ["doctor", "people"]
