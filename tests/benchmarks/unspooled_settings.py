"""The stack's own settings, for an intake that writes nothing to the spool."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "tests.benchmarks.unspooled"
