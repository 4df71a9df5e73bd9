"""The demo people, and the browsers of a doctor and a pharmacist."""

from tests.people import doctor, people, pharmacist

__all__ = ["doctor", "people", "pharmacist"]
