"""The stack's own settings, with the bare view of the benchmark for its only address."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "tests.benchmarks.declaring_bare"
