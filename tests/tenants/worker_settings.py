"""The settings of the worker processes that tests start: the real ratios, fifteen times faster."""
import os

from tests.settings import *  # noqa: F403 -- the same settings, whole

LEASE_SECONDS = 3
NIGHT_JOBS = {"count": os.environ.get("TEST_NIGHT_JOB", "tests.tenants.jobs.night_quick")}
EVENT_CONSUMERS: dict[str, str] = {}
OUTBOUND_PRIVATE_NETWORKS, OUTBOUND_SECONDS = ["127.0.0.0/8"], 0.5
WEBHOOK_PAUSES = (0.2,) * 30
