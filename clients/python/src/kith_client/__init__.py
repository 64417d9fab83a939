"""A typed Python client for the API of Kith.

    with Kith("https://acme.kith.example", "kith_…") as kith:
        for customer in kith.customers.list(churn_band="high", ordering="-churn_probability"):
            print(customer["name"], customer["churn_probability"])
"""

from kith_client.access import ApiKey, ClientCredentials
from kith_client.client import Kith
from kith_client.errors import Conflict, Forbidden, Invalid, KithError, NotFound, NotReached, Problem, Stale, TooMany
from kith_client.feed import Event, Feed
from kith_client.jobs import Job, Jobs
from kith_client.records import BatchRow, Page, Records
from kith_client.webhooks import NotGenuine, verify

__all__ = [
    "ApiKey",
    "BatchRow",
    "ClientCredentials",
    "Conflict",
    "Event",
    "Feed",
    "Forbidden",
    "Invalid",
    "Job",
    "Jobs",
    "Kith",
    "KithError",
    "NotFound",
    "NotGenuine",
    "NotReached",
    "Page",
    "Problem",
    "Records",
    "Stale",
    "TooMany",
    "verify",
]
