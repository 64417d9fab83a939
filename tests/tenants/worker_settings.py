"""The settings of the worker processes that tests start: the real ratios, fifteen times faster."""
import os

from tests.settings import *  # noqa: F403 -- the same settings, whole

LEASE_SECONDS = 3
NIGHT_JOBS = {"count": os.environ.get("TEST_NIGHT_JOB", "tests.tenants.jobs.night_quick")}
EVENT_CONSUMERS: dict[str, str] = {}
