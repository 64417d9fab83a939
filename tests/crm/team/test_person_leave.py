"""Somebody leaves: to whom their records go is asked, done as bulk changes, and undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from crm.core.actors import SYSTEM
from crm.core.services import record_save
from crm.customers.models import Customer
from crm.exchange.models import BulkJob
from crm.team.models import Team, User
from tests.crm.api.asking import hashes, sent


@pytest.fixture
def owned(tenant: Any) -> list[UUID]:
    """Two customers of the member's."""
    member = str(User.objects.get(email="member@kith.test").pk)
    return [record_save(Customer, {"name": f"Lin {n}", "owner": member}, actor=SYSTEM) for n in range(2)]


def path() -> str:
    """Where it is asked and done."""
    return f"/settings/people/{User.objects.get(email='member@kith.test').pk}/leave/"


def owners(ids: list[UUID]) -> set[str | None]:
    """Who owns these now."""
    return set(Customer.objects.filter(pk__in=ids).values_list("owner__email", flat=True))


@pytest.mark.parametrize(
    ("to", "heir"), [("manager", "manager@kith.test"), ("nobody", None), ("keep", "member@kith.test")]
)
def test_records_go_where_it_was_said_and_come_back(
    to: str, heir: str | None, owned: list[UUID], client_for: Callable[..., Any]
) -> None:
    client = client_for("owner")
    assert 'name="to"' in client.get(path()).content.decode()
    given = str(User.objects.get(email="manager@kith.test").pk) if to == "manager" else to
    assert client.post(path(), {"to": given}).status_code == 302
    assert not User.objects.get(email="member@kith.test").is_active
    assert owners(owned) == {heir}
    for job in BulkJob.objects.filter(actor_kind="user", label="customers.customer"):
        client.post(f"/bulk/{job.pk}/undo/")
    assert owners(owned) == {"member@kith.test"}


def test_programs_do_the_same(owned: list[UUID], key_client: Callable[..., Any]) -> None:
    client, address = key_client(), f"/api/v1/people/{path().split('/')[3]}/leave"
    for body in ({}, {"to": "x"}, {"to": 1}, {"to": "nobody", "more": 1}):
        assert sent(client.post, address, body).status_code in (400, 422), body
    assert owners(owned) == {"member@kith.test"}
    told = sent(client.post, address, {"to": "nobody"}).json()
    assert told["is_active"] is False
    assert owners(owned) == {None}
    for job in told["jobs"]:
        sent(client.post, f"/api/v1/bulk/edits/{job}/undo", {})
    assert owners(owned) == {"member@kith.test"}


@pytest.mark.parametrize("to", ["", "somebody", "01a202f2-ea97-7aad-b7bb-000000000000"])
def test_without_a_known_heir_nothing_happens(to: str, owned: list[UUID], client_for: Callable[..., Any]) -> None:
    client, before = client_for("owner"), hashes()
    assert client.post(path(), {"to": to}).status_code in (404, 422)
    assert hashes() == before


def test_nobody_else_sends_somebody_away(owned: list[UUID], client_for: Callable[..., Any]) -> None:
    client, before = client_for("manager"), hashes()
    assert client.get(path()).status_code == 403
    assert client.post(path(), {"to": "nobody"}).status_code == 403
    assert hashes() == before
    assert client_for("owner").post(path(), {"to": "nobody"}).status_code == 302


def test_a_program_gives_another_role_or_team_and_opens_the_door_again(tenant: Any, key_client: Any) -> None:
    client, person = key_client(), User.objects.get(email="member@kith.test")
    owner, address = User.objects.get(email="owner@kith.test"), "/api/v1/people/{}".format
    team = record_save(Team, {"name": "West"}, actor=SYSTEM)
    User.objects.filter(pk=person.pk).update(is_active=False)
    body = {"role": "read-only", "team": str(team), "is_active": True}
    told = sent(client.patch, address(person.pk), body).json()
    assert (told["role"], told["team"]["name"], told["is_active"]) == ("read-only", "West", True)
    assert client.get(address(person.pk)).json() == told
    manager, before = key_client("manager"), hashes()
    for who, said, status in (
        (person, {"role": "manager", "team": "x"}, 422), (person, {"role": "king"}, 422),
        (person, {"is_active": False}, 422), (person, {"name": "Eve"}, 422), (owner, {"role": "member"}, 409),
    ):  # fmt: skip
        assert sent(client.patch, address(who.pk), said).status_code == status, said
    for said in ({"role": "member"}, {"role": "king"}, {}):  # who may not do it is told nothing of people and roles
        assert sent(manager.patch, address(person.pk), said).status_code == 403
    assert hashes() == before
