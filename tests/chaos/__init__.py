"""The fault list as a harness: what is broken here on purpose, and what must hold all the same."""
