"""Every address that answers, asked by somebody from whom something is kept: a surface that forgets to ask is found."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db.models import CharField, F, Func, TextField, Value
from django.test import Client
from django.urls import get_resolver

from crm.core.models import Event
from crm.core.registry import registry
from crm.team.models import Role
from tests.isolation.routes import Address, filled, first_id, patterns
from tests.rows import tenant_models
from tests.world import CANARIES

CANARY = CANARIES["a"]
WORDS = (Value(CANARY), Value("set"))
NOUNS = ("customers", "deals")  # generic pages are asked for these
ASKED = {"palette": f"?q={CANARY[:6]}", "choose": f"?q={CANARY[:6]}", "hint": f"?name={CANARY}"}
# What is about no record, but about the company and how it works: names of it may be read
SETUP = {
    "user", "role", "apikey", "connectedapp", "connection", "invitation", "customfield", "savedview", "application",
    "modelversion", "run", "importtemplate", "listchoice", "savedreport", "dashboard", "dashboardplace", "layout",
    "dashboardmail",
}  # fmt: skip
# What is of a record's noun and has no field there: it is seen with the record, whichever fields are hidden
BESIDE = {
    "consententry": {"source", "proof"}, "recommendation": {"reason_text"}, "event": {"name", "request_id"},
    "rulerun": {"error"}, "rulestep": {"text", "error"},
    "delivery": {"event", "error"}, "attempt": {"error", "response"},
}  # fmt: skip


def slugs_of(written: str) -> Iterator[str]:
    """The nouns for which a route is asked; addresses of the API name theirs, and are made for all alike."""
    slugs = {one.slug for one in registry}
    own = next((slug for slug in slugs if re.search(rf"(^|/){slug}/", written)), "")
    if "<resource:" in written:
        yield from NOUNS
    elif not own or "v1/" not in written or own in NOUNS:
        yield own


def asked() -> list[Address]:
    """Each address once."""
    return [
        Address(filled(re.sub(r"<resource:\w+>", slug, written), slug) + ASKED.get(name, ""), name)
        for written, name in patterns(get_resolver().url_patterns)
        for slug in slugs_of(written)
    ]


def reads() -> list[tuple[Address, dict[str, Any]]]:
    """What is only read, and yet asked by POST: the address, and what is sent there."""
    customer, rule = first_id("customers.Customer"), first_id("automation.Rule")
    line = {"w-0-in": "", "w-0-join": "and", "w-1-in": "0", "w-1-field": "parent", "w-1-op": "eq"}
    tree = {"field": "created_at", "op": "gte", "value": "2000-01-01"}
    return [
        *((Address(f"/api/v1/{noun}/search", "search-by-post"), {"where": tree}) for noun in NOUNS),
        (Address("/api/v1/customers/duplicates", "duplicates-by-post"), {"email": f"{CANARY}@kith.test"}),
        (Address("/api/v1/reports/run", "report-run"), {"object": "customers", "rows": [{"field": "city"}]}),
        (Address(f"/api/v1/rules/{rule}/dry-run", "rule-dry-run"), {"days": 90}),
        (Address(f"/rules/{rule}/trial/", "rule-trial"), {"days": "90"}),
        (Address("/customers/builder/", "builder"), line | {"w-1-value": customer}),
    ]


def asked_at(client: Client, path: str, said: dict[str, Any] | None) -> Any:
    """The answer at an address, to GET where nothing is sent."""
    if said is None:
        return client.get(path)
    return client.post(path, said, **({"content_type": "application/json"} if path.startswith("/api/") else {}))


def told(client: Client, addresses: Collection[Address]) -> dict[str, str]:
    """Where the canary is heard: the name of the route, and one address."""
    client.raise_request_exception = False
    found = {}
    for one, said in [*((address, None) for address in addresses), *reads()]:
        answer = asked_at(client, one.path, said)
        if answer.status_code >= 500:
            found[one.name] = f"{answer.status_code} at {one.path}"
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        if CANARY.encode() in body.replace(ASKED.get(one.name, "-").encode(), b""):
            found[one.name] = one.path
    return found


def quieten(model: Any, names: Collection[str]) -> None:
    """Take the canary out of these columns."""
    columns = [f for f in model._meta.concrete_fields if f.name in names and isinstance(f, CharField | TextField)]
    replaced = {f.name: Func(F(f.name), *WORDS, function="replace", output_field=type(f)()) for f in columns}
    if replaced:
        model._base_manager.update(**replaced)


@pytest.fixture
def addresses(tenant: Any) -> list[Address]:
    """All of them; only what is about records has the canary."""
    for model in tenant_models():
        if model._meta.model_name in SETUP:
            quieten(model, {f.name for f in model._meta.concrete_fields})
    Event.objects.exclude(object_type__in=[one.label for one in registry]).delete()
    return asked()


@pytest.mark.long(25)
def test_records_that_are_not_reached_are_in_no_answer(
    addresses: list[Address], client_for: Callable[..., Client]
) -> None:
    reach = {one.label: {"see": "none"} for one in registry}
    Role.objects.filter(code="member").update(permissions=["*"], reach=reach)
    assert told(client_for("member"), addresses) == {}
    control = [one for one in addresses if one.name in ("list", "record", "palette", "customers", "board", "imports")]
    heard = told(client_for("owner"), control).keys()
    assert heard >= {one.name for one in control} | {"search-by-post", "report-run"}


def test_nouns_that_are_not_seen_are_in_no_answer(addresses: list[Address], client_for: Callable[..., Client]) -> None:
    seen = [one.permission("view") for one in registry if one.slug in NOUNS]
    quieten(apps.get_model("customers.ConsentEntry"), BESIDE["consententry"])
    for noun in registry:
        if noun.slug in NOUNS:
            quieten(noun.model, noun.specs.keys())
            for part in noun.parts:
                quieten(part.model, part.specs.keys())
    Role.objects.filter(code="member").update(permissions=[*seen, "sales.add_deal", "customers.change_customer"])
    Event.objects.filter(object_type__in=["customers.customer", "sales.deal"]).delete()
    assert told(client_for("member"), addresses) == {}


def test_hidden_fields_are_in_no_answer(addresses: list[Address], client_for: Callable[..., Client]) -> None:
    hidden = [f"{noun.label}.{name}" for noun in registry for name in noun.specs if name != noun.title]
    hidden += [f"{noun.label}.{part.name}" for noun in registry for part in noun.parts]
    for model in tenant_models():
        quieten(model, BESIDE.get(str(model._meta.model_name), ()))
    for noun in registry:
        quieten(noun.model, {noun.title})
    for event in Event.objects.exclude(after=None):
        event.after.pop(registry[event.object_type].title, None)
        event.save()
    Role.objects.filter(code="member").update(permissions=["*"], hidden_fields=hidden)
    assert told(client_for("member"), addresses) == {}
