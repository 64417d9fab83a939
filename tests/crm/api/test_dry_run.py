"""Every write of the document can be tried: the answer comes, and nothing is stored, told or sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from analytics.models import Dashboard, ModelVersion, Recommendation, SavedReport
from crm.automation.models import Delivery
from crm.core.actors import SYSTEM
from crm.core.merging import records_merge
from crm.core.models import CustomField, Event, SavedView
from crm.core.registry import registry
from crm.exchange.models import BulkJob, ExportJob, ImportJob
from crm.sales.models import LostReason, Stage
from crm.team.models import Invitation, Role, User
from crm.team.services import invitation_create
from crm.team.shares import Offer, share_give
from tenants.models import Outbox, Wakeup
from tests.crm.api.asking import body_of, hashes, made, sent

INPUTS: dict[str, Callable[[], dict[str, Any]]] = {  # of verbs that need some
    "contacts_erase": lambda: {"reason": "She asked for it."},
    "customers_erase": lambda: {"reason": "She asked for it."},
    "customers_consent": lambda: {"purpose": "marketing", "channel": "email", "basis": "consent"},
    "customers_observe": lambda: {"kind": "visit"},
    "customers_withdraw": lambda: {"purpose": "marketing", "channel": "email"},
    "lists_include": lambda: {"ids": [str(made(registry["customers.customer"]))]},
    "lists_exclude": lambda: {"ids": [str(made(registry["customers.customer"]))]},
    "tags_merge": lambda: {"into": "another"},
    "tags_rename": lambda: {"name": "another"},
    "deals_lose": lambda: {"lost_reason": str(LostReason.objects.latest("pk").pk)},
    "deals_move": lambda: {"stage": str(Stage.objects.latest("pk").pk)},
    "leads_erase": lambda: {"reason": "She asked for it."},
    "deals_ask_approval": lambda: {"reason": "They buy every year."},
    "orders_plan": lambda: {"count": 3, "first_on": "2026-03-01"},
    "mailboxes_connect": lambda: {"password": "open sesame"},
    "quotes_accept": lambda: {"name": "Ann Lee"},
    "quotes_ask_approval": lambda: {"reason": "They buy every year."},
    "quotes_decline": lambda: {"reason": "Too dear"},
    "contacts_merge": lambda: {"with": [another("customers.contact")]},
    "customers_merge": lambda: {"with": [another("customers.customer")]},
    "leads_merge": lambda: {"with": [another("sales.lead")]},
    "webhooks_replay": lambda: {"since": timezone.now().isoformat()},
}
SNAPSHOT = Path(__file__).parents[2] / "snapshots/openapi.json"
READING = {"search", "dry-run", "duplicates", "run"}  # a POST that writes nothing


def another(label: str) -> str:
    """One more record of a noun."""
    return str(made(registry[label]))


def a_merge() -> str:
    """Two leads that became one."""
    noun = registry["sales.lead"]
    return str(records_merge(noun, [made(noun), made(noun)], actor=SYSTEM).pk)


def offered() -> tuple[UUID, Offer]:
    """A customer, and to whom it is to be open."""
    return made(registry["customers.customer"]), Offer(user=User.objects.get(email="member@kith.test").pk)


def a_share() -> dict[str, Any]:
    """The same as a program says it."""
    record, offer = offered()
    return {"object": "customers", "id": str(record), "person": str(offer.user)}


def an_invitation() -> Invitation:
    """Somebody who was asked to join."""
    return invitation_create("else@kith.test", role=Role.objects.get(code="member"), actor=SYSTEM)[0]


def a_job(state: str) -> str:
    """An import that stands so."""
    return str(ImportJob.objects.create(label="customers.customer", state=state).pk)


def a_delivery() -> tuple[dict[str, str], dict[str, Any]]:
    """A delivery that was given up."""
    webhook = made(registry["automation.webhook"])
    delivery = Delivery.objects.create(webhook_id=webhook, event="x", state=Delivery.State.FAILED)
    return {"id": str(webhook), "delivery": str(delivery.pk)}, {}


def a_field(*, is_retired: bool = False) -> str:
    """A field of the tenant's own."""
    made_of = CustomField.objects.filter(retired_at__isnull=True)[0]
    CustomField.objects.filter(pk=made_of.pk).update(retired_at=timezone.now() if is_retired else None)
    return str(made_of.pk)


def behaviour() -> dict[str, Any]:
    """One thing that a customer did."""
    what = {"kind": "visit", "happened_at": "2026-03-05T14:00:00Z", "source": "web", "key": "trial"}
    return {"customer": str(made(registry["customers.customer"])), **what}


def an_export() -> ExportJob:
    """An export that waits."""
    return ExportJob.objects.create(label="customers.customer", state=ExportJob.State.QUEUED, actor_kind="system")


TENANTS_OWN: dict[str, Callable[[], tuple[dict[str, str], dict[str, Any] | None]]] = {
    # operation → what stands in its address, and its body (None: a form with a file)
    "behaviour_take": lambda: ({}, {"rows": [behaviour()]}),
    "imports_start": lambda: ({}, None),
    "files_content_set": lambda: ({"id": str(made(registry["activities.file"]))}, None),
    "exports_start": lambda: ({}, {"object": "customers", "format": "csv"}),
    "exports_cancel": lambda: ({"id": str(an_export().pk)}, {}),
    "fields_create": lambda: ({}, {"object": "customers", "label": "Rank", "kind": "text"}),
    "fields_change": lambda: ({"field_id": a_field()}, {"label": "Rank"}),
    "fields_retire": lambda: ({"field_id": a_field()}, {}),
    "fields_restore": lambda: ({"field_id": a_field(is_retired=True)}, {}),
    "fields_purge": lambda: ({"field_id": a_field(is_retired=True)}, {}),
    "fields_index_make": lambda: ({"field_id": a_field()}, {}),
    "fields_index_drop": lambda: ({"field_id": a_field()}, {}),
    "fields_order": lambda: ({}, {"object": CustomField.objects.get(pk=a_field()).object_type, "ids": [a_field()]}),
    "company_change": lambda: ({}, {"name": "Lin Tea & Sons", "time_zone": "Asia/Tokyo"}),
    "roles_save": lambda: ({"role": "seller"}, {"name": "Seller", "permissions": ["*.view_*"]}),
    "roles_delete": lambda: ({"role": Role.objects.create(code="seller", name="Seller").code}, {}),
    "people_add": lambda: ({}, {"people": [{"name": "Anna", "team": "West", "manager": "Celia"}]}),
    "reveal": lambda: ({}, {"object": "customers", "id": a_share()["id"], "field": "id_document"}),
    "shares_give": lambda: ({}, a_share() | {"may_change": True}),
    "shares_end": lambda: ({"id": str(share_give(registry["customers.customer"], *offered(), actor=SYSTEM).pk)}, {}),
    "people_change": lambda: (
        {"user_id": str(User.objects.get(email="member@kith.test").pk)}, {"role": "read-only", "team": None}
    ),
    "invitations_send": lambda: ({}, {"email": "new@kith.test", "role": "member"}),
    "invitations_withdraw": lambda: ({"invitation_id": str(an_invitation().pk)}, {}),
    "people_leave": lambda: ({"user_id": str(User.objects.get(email="member@kith.test").pk)}, {"to": "nobody"}),
    "bulk_edits_undo": lambda: ({"id": str(BulkJob.objects.latest("pk").pk)}, {}),
    "merges_undo": lambda: ({"id": a_merge()}, {}),
    "views_create": lambda: ({}, {"object": "customers", "name": "Hangzhou", "sharing": "everyone"}),
    "views_update": lambda: ({"id": str(SavedView.objects.latest("pk").pk)}, {"name": "Hangzhou"}),
    "views_delete": lambda: ({"id": str(SavedView.objects.latest("pk").pk)}, {}),
    "reports_create": lambda: ({}, {"name": "By city", "definition": {"object": "customers"}}),
    "reports_update": lambda: ({"report": str(SavedReport.objects.latest("pk").pk)}, {"name": "By town"}),
    "reports_delete": lambda: ({"report": str(SavedReport.objects.latest("pk").pk)}, {}),
    "dashboards_create": lambda: ({}, {"name": "Mine", "places": [{"report": "orders"}]}),
    "dashboards_update": lambda: ({"dashboard": str(Dashboard.objects.latest("pk").pk)}, {"places": []}),
    "dashboards_delete": lambda: ({"dashboard": str(Dashboard.objects.latest("pk").pk)}, {}),
    "notifications_read": lambda: ({}, {}),
    "models_retrain": lambda: ({"kind": "churn"}, {}),
    "models_activate": lambda: ({"kind": "churn"}, {"version": ModelVersion.objects.latest("pk").pk}),
    "models_rollback": lambda: ({"kind": "churn"}, {}),
    "recommendations_accept": lambda: ({"recommendation_id": str(Recommendation.objects.latest("pk").pk)}, {}),
    "recommendations_dismiss": lambda: ({"recommendation_id": str(Recommendation.objects.latest("pk").pk)}, {}),
    "recommendations_undo": lambda: ({"recommendation_id": str(Recommendation.objects.latest("pk").pk)}, {}),
    "webhook_delivery_replay": lambda: a_delivery(),
    "imports_cancel": lambda: ({"id": a_job("queued")}, {}),
    "imports_revert": lambda: ({"id": a_job("done")}, {}),
}


@cache
def writes() -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Every operation that writes, by the committed document: id → method, path, what is said of it."""
    return {
        about["operationId"]: (method, path, about)
        for path, methods in json.loads(SNAPSHOT.read_bytes())["paths"].items()
        for method, about in methods.items()
        if method in {"post", "put", "patch", "delete"} and path.strip("/").rpartition("/")[2] not in READING
    }


def body_for(operation: str, noun: Any) -> dict[str, Any]:
    """A body that the operation takes."""
    if operation.endswith("_bulk_edit"):
        return {"ids": [str(made(noun))], "delete": True}
    if operation.endswith("_rewind"):
        return {"event": Event.objects.filter(object_type=noun.label).latest("seq").seq}
    if operation.endswith("_batch"):
        return {"rows": [{"action": "create", "values": body_of(noun)}, {"action": "delete", "id": str(made(noun))}]}
    if any(word in operation for word in ("_create", "_replace", "_upsert", "_change")):
        return body_of(noun)
    return INPUTS[operation]() if operation in INPUTS else {}


def place_of(noun: Any, client: Any) -> dict[str, str]:
    """A record that is there, and another with a name of another program."""
    sent(client.put, f"/api/v1/{noun.slug}/ext:erp:4711", body_of(noun))
    return {"id": str(made(noun)), "source": "erp", "value": "4711"}


def filled(path: str, place: dict[str, str], operation: str) -> str:
    """The address with everything in its place."""
    for name, value in place.items():
        path = path.replace(f"{{{name}}}", value)
    return f"{path}?source=erp&id=4711&dry_run=1" if operation.endswith("_by_name") else f"{path}?dry_run=1"


def groups() -> dict[str, list[str]]:
    """Operations by the noun they belong to; those that are tried in a way of their own stand alone."""
    found: dict[str, list[str]] = {}
    for operation, (_method, _path, about) in writes().items():
        noun = registry.by_slug(about["tags"][0])
        of_noun = noun and operation not in TENANTS_OWN
        found.setdefault(noun.label if noun and of_noun else operation, []).append(operation)
    return found


def whats_waiting() -> tuple[object, ...]:
    """The outbox, what wakes a worker, and what waits for the commit."""
    return Outbox.objects.count(), Wakeup.objects.count(), len(connection.run_on_commit)


def everything() -> tuple[object, ...]:
    """What a trial may not touch: all that, and every row."""
    return hashes(), *whats_waiting()


def tried(client: Any, operation: str, place: dict[str, str], body: dict[str, Any] | None) -> Any:
    """The answer to a write on trial."""
    method, path, about = writes()[operation]
    assert {"$ref": "#/components/parameters/dry_run"} in about["parameters"]
    if body is None:
        form = {"object": "customers", "file": SimpleUploadedFile("a.csv", b"name,city\nAnn,Oslo\n")}
        return client.post(filled(path, place, operation), form)
    return sent(getattr(client, method), filled(path, place, operation), body)


@pytest.mark.parametrize("group", groups())
def test_a_write_on_trial_is_answered_and_leaves_nothing(tenant: Any, key_client: Any, group: str) -> None:
    client, noun = key_client(), registry.get(group)
    if noun:
        living, deleted = place_of(noun, client), {"id": str(made(noun))}
        client.delete(f"/api/v1/{noun.slug}/{deleted['id']}")
    asked = {}
    for operation in groups()[group]:
        if noun:
            asked[operation] = deleted if operation.endswith("_restore") else living, body_for(operation, noun)
        else:
            assert operation in TENANTS_OWN, f"Say in {__file__} how {operation} is tried."
            asked[operation] = TENANTS_OWN[operation]()
    before = everything()
    for operation, (place, body) in asked.items():
        answer = tried(client, operation, place, body)
        assert answer.status_code < 300 or answer.status_code in {404, 409}, (operation, answer.content)
        assert whats_waiting() == before[1:], operation
    assert everything() == before
