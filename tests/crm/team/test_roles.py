"""Roles by API: what they say is judged, kept in history, and never more than whoever says it holds."""

from __future__ import annotations

from typing import Any

import pytest

from crm.core.actors import granted
from crm.core.models import Event, Layout
from crm.core.registry import registry
from crm.team.models import Role, User
from tests.crm.api.asking import hashes, sent

PATH = "/api/v1/roles/"
REACH = {"sales.deal": {"see": "team", "change": "own"}}


def test_a_role_is_made_changed_and_told(tenant: Any, key_client: Any) -> None:
    client = key_client()
    said = {"name": "Seller", "permissions": ["*.view_*"], "reach": REACH, "hidden_fields": ["sales.deal.amount"]}
    assert sent(client.put, f"{PATH}seller", said).status_code == 200
    rule = {"customers.customer": {"see": "rule", "rule": {"field": "city", "op": "eq", "value": "Oslo"}}}
    assert sent(client.put, f"{PATH}seller", {"reach": rule}).json()["reach"] == rule
    assert client.get(f"{PATH}seller").json()["hidden_fields"] == ["sales.deal.amount"]
    assert "seller" in {one["code"] for one in client.get(PATH).json()["results"]}
    event = Event.objects.filter(name="team.role.changed").latest("seq")
    assert event.before is not None
    assert event.before["reach"] == REACH


def test_a_role_that_nobody_has_goes_with_its_layouts(tenant: Any, key_client: Any, client_for: Any) -> None:
    owner, client = client_for("owner"), key_client()
    sent(client.put, f"{PATH}seller", {"name": "Seller", "permissions": ["*.view_*"]})
    Layout.objects.create(object_type="sales.deal", role="seller")
    User.objects.filter(email="member@kith.test").update(role=Role.objects.get(code="seller"), is_active=False)
    manager, before = client_for("manager"), hashes()
    for path, status in (("seller", 409), ("read-only", 403), ("nothing", 404)):
        assert client.delete(f"{PATH}{path}").status_code == status, path
    assert owner.post("/settings/roles/seller/", {"do": "delete"}).status_code == 409
    assert manager.post("/settings/roles/seller/", {"do": "delete"}).status_code == 403
    assert hashes() == before
    User.objects.filter(email="member@kith.test").update(role=Role.objects.get(code="member"), is_active=True)
    assert owner.post("/settings/roles/seller/", {"do": "rename", "name": "Hunter"}).status_code == 302
    assert "Hunter" in owner.get("/settings/roles/").content.decode()
    assert 'value="delete"' not in owner.get("/settings/roles/member/").content.decode()
    assert client.delete(f"{PATH}seller").status_code == 204
    assert not Role.objects.filter(code="seller").exists()
    assert not Layout.objects.filter(role="seller").exists()
    assert Event.objects.latest("seq").name == "team.role.deleted"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("seller", {"reach": {"sales.deal": {"see": "some"}}}),
        ("seller", {"reach": {"sales.nothing": {"see": "own"}}}),
        ("seller", {"reach": {"sales.deal": {"see": "rule"}}}),
        ("seller", {"reach": {"sales.deal": {"see": "rule", "rule": {"field": "nothing", "value": 1}}}}),
        ("seller", {"permissions": ["Robert'); DROP"]}),
        ("seller", {"hidden_fields": ["sales.deal.nothing"]}),
        ("seller", {"hidden_fields": ["sales.deal.name"]}),
        ("seller", {"code": "owner"}),
        ("owner", {"permissions": []}),
        ("owner", {"reach": REACH}),
    ],
)
def test_what_makes_no_sense_or_locks_everybody_out_is_refused(
    code: str, said: dict[str, Any], tenant: Any, key_client: Any
) -> None:
    client = key_client()
    before = hashes()
    assert sent(client.put, f"{PATH}{code}", said).status_code in (400, 403, 422)
    assert hashes() == before


def test_nobody_makes_a_role_that_sees_or_does_more_than_they(tenant: Any, client_for: Any) -> None:
    mine = ["*.view_*", "team.manage_role"]
    Role.objects.filter(code="manager").update(permissions=mine, reach=REACH, hidden_fields=["sales.deal.amount"])
    client = client_for("manager")
    narrow = {"permissions": ["*.view_*"], "reach": {"sales.deal": {"see": "own", "change": "none"}}}
    kept = {"hidden_fields": ["sales.deal.amount"]}
    before = hashes()
    for said in (
        {**narrow, **kept, "permissions": ["*"]},
        {**narrow, "hidden_fields": []},
        {**kept, "permissions": ["*.view_*"], "reach": {}},
        {**kept, "permissions": ["*.view_*"], "reach": {"sales.deal": {"see": "all", "change": "own"}}},
    ):
        assert sent(client.put, f"{PATH}seller", said).status_code == 403, said
    assert sent(client.put, f"{PATH}manager", {"reach": {}}).status_code == 403
    assert sent(client.put, f"{PATH}member", narrow).status_code == 403
    assert hashes() == before
    assert sent(client.put, f"{PATH}seller", {**narrow, **kept}).status_code == 200


def test_who_works_does_not_change_what_binds_them(tenant: Any, client_for: Any) -> None:
    free = {"customers.tag", "messaging.template"}  # words that everybody may add
    nouns = [one for one in registry if one.in_settings and one.label not in free]
    member, manager = (frozenset(Role.objects.get(code=code).permissions) for code in ("member", "manager"))
    every = [one.permission(action) for one in nouns for action in ("add", "change", "delete")]
    assert not [permission for permission in every if granted(member, permission)]
    assert granted(manager, "sales.add_stage")
    client = client_for("member")
    before = hashes()
    assert sent(client.post, "/api/v1/stages/", {"name": "Mine"}).status_code == 403
    assert hashes() == before
    assert client.get("/api/v1/stages/").status_code == 200
