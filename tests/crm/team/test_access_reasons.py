"""Why can I see this? The reasons are those by which records are shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from crm.core.actors import SYSTEM
from crm.core.registry import registry
from crm.core.services import record_save
from crm.team.models import Role, Team, User
from crm.team.people import user_team_change
from tests.crm.api.asking import hashes, sent
from tests.crm.ui.asking import made

NOUN = registry["customers.customer"]
PLACES = ("mine", "mates", "below", "strange", "nobodys", "given")
REACHED = {
    "all": set(PLACES), "team": {*PLACES[:3], "given"}, "own": {"mine"}, "rule": {"strange"}, "none": set(),
}  # fmt: skip


@pytest.fixture
def records(tenant: Any) -> dict[str, UUID]:
    """A customer of the member's, of a mate's, of somebody's in a team below, of a stranger's, of nobody's, and
    of nobody's that was given to the team below."""
    above = Team.objects.get(pk=record_save(Team, {"name": "Sales"}, actor=SYSTEM))
    below = Team.objects.get(pk=record_save(Team, {"name": "Oslo", "parent": str(above.pk)}, actor=SYSTEM))
    role, member = Role.objects.get(code="read-only"), User.objects.get(email="member@kith.test")
    people: dict[str, User | None] = {"mine": member, "nobodys": None, "given": None}
    people |= {name: User.objects.create(name=name.title(), role=role) for name in PLACES[1:4]}
    for name, team in (("mine", above), ("mates", above), ("below", below)):
        user_team_change(people[name] or member, team, actor=SYSTEM)
    found = {name: made(NOUN) for name in PLACES}
    for name, pk in found.items():
        values = {"city": "Oslo" if name == "strange" else "Rome"}
        NOUN.model._default_manager.filter(pk=pk).update(owner=people[name], **values)
    NOUN.model._default_manager.filter(pk=found["given"]).update(team=below)
    return found


def limit(**says: Any) -> None:
    """What the member's role says of customers."""
    says |= {"rule": {"field": "city", "op": "eq", "value": "Oslo"}} if "rule" in says.values() else {}
    Role.objects.filter(code="member").update(permissions=["*"], reach={NOUN.label: says})


def asked(client: Any, pk: UUID, **more: Any) -> Any:
    """The answer of the API."""
    return client.get("/api/v1/access", {"object": "customers", "id": str(pk), **more})


@pytest.mark.parametrize("extent", REACHED)
def test_the_reasons_agree_with_what_is_shown(
    extent: str, records: dict[str, UUID], client_for: Callable[..., Any]
) -> None:
    member = User.objects.get(email="member@kith.test")
    limit(see=extent, change=extent)
    for name, pk in records.items():
        told = asked(client_for("owner"), pk, person=str(member.pk)).json()
        is_reached = name in REACHED[extent]
        assert (told["may_see"], told["may_change"]) == (is_reached, is_reached), name
        for side in ("see", "change"):
            permission, *grounds = told[side]
            assert permission["kind"] == "permission", name
            assert permission["holds"], name
            assert any(one["holds"] for one in grounds) is is_reached, (name, grounds)
        assert asked(client_for("member"), pk).status_code == (200 if is_reached else 404), name


def test_the_reasons_name_owner_and_teams(records: dict[str, UUID], client_for: Callable[..., Any]) -> None:
    limit(see="team")
    client, sales = client_for("member"), Team.objects.get(name="Sales")
    texts = {name: asked(client, records[name]).json()["see"][1]["text"] for name in ("mates", "below")}
    assert texts["mates"] == "Mates, the owner, is in the same team: Sales."
    assert texts["below"] == "Below, the owner, is in Oslo, which stands below Sales."
    member = User.objects.get(email="member@kith.test")
    Team.objects.filter(pk=sales.pk).update(manager=member)
    User.objects.filter(pk=member.pk).update(team=None)
    told = asked(client, records["below"]).json()["see"][1]["text"]
    assert told == f"{member} manages Sales; below it is Oslo, the team of the owner, Below."


def test_about_colleagues_asks_whoever_keeps_the_roles(
    records: dict[str, UUID], client_for: Callable[..., Any]
) -> None:
    stranger, pk = User.objects.get(name="Strange"), records["mine"]
    Role.objects.filter(code="member").update(permissions=["customers.view_customer"])
    for path in (f"/access/{NOUN.label}/{pk}/?person={stranger.pk}",
                 f"/api/v1/access?object=customers&id={pk}&person={stranger.pk}"):  # fmt: skip
        assert client_for("member").get(path).status_code == 403, path
        assert client_for("owner").get(path).status_code == 200, path
    page = client_for("member").get(f"/access/{NOUN.label}/{pk}/").content.decode()
    assert "Why can I see this?" in page
    assert "Strange" not in page


def test_what_may_only_be_seen_has_no_buttons_and_no_form(
    records: dict[str, UUID], client_for: Callable[..., Any]
) -> None:
    limit(see="all", change="own")
    client = client_for("member")
    for name, is_open in (("mine", True), ("mates", False)):
        pk = records[name]
        page = client.get(f"/customers/{pk}/").content.decode()
        for text in ("data-edit", "prop-edit", f"/customers/{pk}/delete/", f"/customers/{pk}/release/"):
            assert (text in page) is is_open, (name, text)
        assert ("Read only" in page) is not is_open
        for path in ("edit/", "field/city/"):
            assert client.get(f"/customers/{pk}/{path}").status_code == (200 if is_open else 403), (name, path)
        rows = client.get("/customers/?page_size=200").content.decode()
        assert (f'data-id="{pk}" data-locked' in rows) is not is_open
    before = hashes()
    assert sent(client.patch, f"/api/v1/customers/{records['mates']}", {"city": "Bergen"}).status_code == 403
    assert hashes() == before


def test_a_field_that_may_only_be_read_has_no_pencil(records: dict[str, UUID], client_for: Callable[..., Any]) -> None:
    Role.objects.filter(code="member").update(permissions=["*"], fixed_fields=[f"{NOUN.label}.city"])
    page = client_for("member").get(f"/customers/{records['mine']}/").content.decode()
    assert f"/customers/{records['mine']}/field/city/" not in page
    assert f"/customers/{records['mine']}/field/name/" in page
