"""The workers: how messages travel, what a worker may use, and the one timetable.

Two workers, so that no night keeps a person waiting (on a small machine one with all six queues will do):
    celery -A config.celery worker -Q clock,interactive,outbound
    celery -A config.celery worker -Q night,large,bulk
    celery -A config.celery beat
"""
import os
from typing import Any

from celery import Celery
from celery.schedules import crontab
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
for _library in ("OMP", "OPENBLAS", "MKL"):  # several processes with several threads each run 5 to 15 times slower
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")

QUEUES = ("clock", "interactive", "outbound", "night", "large", "bulk")
HARD_LIMIT, VISIBILITY = 5400, 7200  # a task that outlives the visibility timeout would be delivered a second time


def timetable() -> dict[str, dict[str, Any]]:
    """What happens by the clock. A tick that waited too long is dropped: the next one does its work."""
    def tick(task: str, schedule: Any, expires: int, queue: str = "clock") -> dict[str, Any]:
        return {"task": task, "schedule": schedule, "options": {"queue": queue, "expires": expires}}

    return {
        "pump": tick("tenants.pump.tick", 1.0, 30),
        "reaper": tick("tenants.night.reap", settings.LEASE_SECONDS * 4 / 3, 60),
        "night": tick("tenants.night.ask", crontab(minute="*/15"), 600),
        "ready schemas": tick("tenants.upkeep.pool", 60.0, 60, "bulk"),
        "watch": tick("tenants.upkeep.watch", 60.0, 60),
        "tidy": tick("tenants.upkeep.tidy", crontab(hour=3, minute=40), 3600),
        "old imports": tick("crm.exchange.tasks.purge", crontab(hour=3, minute=50), 3600, "bulk"),
        "old exports": tick("crm.exchange.tasks.exports_purge", crontab(minute=20), 3000, "bulk"),
    }


def configuration() -> dict[str, Any]:
    """Read from Django's settings at first use, not at import: the settings may themselves be still on their way in."""
    return {
        "broker_url": settings.REDIS_URL,
        "broker_transport_options": {
            "visibility_timeout": VISIBILITY, "socket_timeout": 30, "socket_connect_timeout": 5,
            "socket_keepalive": True, "health_check_interval": 25, "global_keyprefix": settings.BROKER_PREFIX,
        },
        "broker_connection_retry_on_startup": True, "broker_connection_max_retries": None,
        "accept_content": ["json"], "task_serializer": "json", "task_ignore_result": True, "result_backend": None,
        "task_default_queue": "interactive",
        "task_acks_late": True, "task_reject_on_worker_lost": True, "worker_prefetch_multiplier": 1,
        "task_time_limit": HARD_LIMIT, "task_soft_time_limit": HARD_LIMIT - 60,
        # A task goes on when the broker is gone: the row in the outbox, not the message, says whose it is.
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "worker_max_memory_per_child": settings.WORKER_MEMORY_KB, "worker_hijack_root_logger": False,
        "timezone": "UTC", "enable_utc": True, "beat_schedule": timetable(),
    }


app = Celery("kith", include=["tenants.night", "tenants.pump", "tenants.upkeep"])
app.add_defaults(configuration)
app.autodiscover_tasks()
