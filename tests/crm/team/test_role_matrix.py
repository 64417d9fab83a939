"""A role changed as a table: what is asked for is what holds afterwards, and nothing beside it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from crm.core.actors import SYSTEM, granted
from crm.core.registry import registry
from crm.core.services import record_save
from crm.team.matrix import BASIC, Wanted, lines_of, mark_of, permissions_after
from crm.team.models import Role
from tests.crm.api.asking import hashes

DEAL, CUSTOMER = "sales.deal", "customers.customer"
PATH = "/settings/roles/member/"


def form_of(role: Role, **changes: Any) -> dict[str, Any]:
    """The form as the page sends it, with some values changed."""
    lines = lines_of(role)
    may = {line.resource.permission(action) for line in lines for action in BASIC if line.may[action]}
    may = (may | set(changes.pop("give", ()))) - set(changes.pop("take", ()))
    form: dict[str, Any] = {"mark": mark_of(role), "noun": [line.resource.label for line in lines], "may": sorted(may)}
    for line in lines:
        form |= {f"see-{line.resource.label}": line.see, f"change-{line.resource.label}": line.change}
    return form | changes


def member() -> Role:
    """The role as it is stored."""
    return Role.objects.get(code="member")


def test_what_is_taken_from_a_pattern_is_taken_alone(tenant: Any, client_for: Callable[..., Any]) -> None:
    before = frozenset(member().permissions)
    taken = {"sales.delete_deal", "sales.view_target"}
    answer = client_for("owner").post(PATH, form_of(member(), take=taken))
    assert answer.status_code == 302
    after = frozenset(member().permissions)
    for noun in registry:
        for action in (*BASIC, *(verb.name for verb in noun.verbs)):
            name = noun.permission(action)
            assert granted(after, name) is (granted(before, name) and name not in taken), name
    assert client_for("member").get("/targets/").status_code == 403
    client_for("owner").post(PATH, form_of(member(), give=taken))
    assert frozenset(member().permissions) == before


def test_the_same_form_changes_nothing(tenant: Any, client_for: Callable[..., Any]) -> None:
    rule = {"field": "city", "op": "eq", "value": "Oslo"}
    Role.objects.filter(code="member").update(reach={CUSTOMER: {"see": "own", "change": "own", "rule": rule}})
    before = (sorted(member().permissions), member().reach)
    client_for("owner").post(PATH, form_of(member()))
    assert (sorted(member().permissions), member().reach) == before


def test_records_are_limited_and_freed_again(tenant: Any, client_for: Callable[..., Any]) -> None:
    client = client_for("owner")
    client.post(PATH, form_of(member(), **{f"see-{DEAL}": "team", f"change-{DEAL}": "own"}))
    assert member().reach == {DEAL: {"see": "team", "change": "own"}}
    client.post(PATH, form_of(member(), **{f"see-{DEAL}": "all", f"change-{DEAL}": "all"}))
    assert member().reach == {}


def test_the_dialog_keeps_fields_and_gives_actions(tenant: Any, client_for: Callable[..., Any]) -> None:
    client, path = client_for("owner"), f"{PATH}{DEAL}/"
    page = client.get(path).content.decode()
    assert 'name="field-amount"' in page
    form = {"mark": mark_of(member()), "field-amount": "hidden", "field-stage": "fixed", "action": ["win"]}
    client.post(path, form)
    role = member()
    assert (role.hidden_fields, role.fixed_fields) == ([f"{DEAL}.amount"], [f"{DEAL}.stage"])
    held = frozenset(role.permissions)
    assert granted(held, "sales.win_deal")
    assert not granted(held, "sales.lose_deal")
    assert granted(held, "sales.convert_lead"), "another noun's actions stay"
    client.post(path, {"mark": mark_of(role)})
    assert (member().hidden_fields, member().fixed_fields) == ([], [])


@pytest.mark.parametrize("path", [PATH, f"{PATH}{DEAL}/", "/settings/roles/"])
def test_whoever_does_not_keep_the_roles_changes_none(path: str, tenant: Any, client_for: Callable[..., Any]) -> None:
    form = form_of(member(), take={"sales.delete_deal"}) | {"name": "New", "like": "member"}
    manager, owner, before = client_for("manager"), client_for("owner"), hashes()
    assert manager.post(path, form).status_code == 403
    assert hashes() == before
    assert owner.post(path, form).status_code == 302


def test_a_role_that_was_changed_meanwhile_is_not_written_over(tenant: Any, client_for: Callable[..., Any]) -> None:
    form = form_of(member(), take={"sales.delete_deal"})
    Role.objects.filter(code="member").update(hidden_fields=[f"{DEAL}.amount"])
    client, before = client_for("owner"), hashes()
    assert client.post(PATH, form).status_code == 409
    assert hashes() == before


def test_the_owners_role_is_shown_and_shut(tenant: Any, client_for: Callable[..., Any]) -> None:
    client, path = client_for("owner"), "/settings/roles/owner/"
    page = client.get(path).content.decode()
    assert "<fieldset disabled>" in page
    before = hashes()
    assert client.post(path, form_of(Role.objects.get(code="owner"), take={"sales.view_deal"})).status_code == 403
    assert hashes() == before


def test_nobody_gives_back_what_was_taken_from_themselves(tenant: Any, client_for: Callable[..., Any]) -> None:
    Role.objects.filter(code="manager").update(permissions=["*", "-sales.delete_deal"])
    Role.objects.filter(code="read-only").update(permissions=["customers.view_customer"])
    client, before = client_for("manager"), hashes()
    for permissions in (["*"], ["sales.*"], ["*.delete_*"], ["sales.delete_deal"]):
        answer = client.put(
            "/api/v1/roles/read-only", {"permissions": permissions}, content_type="application/json"
        )
        assert answer.status_code == 403, permissions
    assert hashes() == before
    answer = client.put("/api/v1/roles/read-only", {"permissions": ["*.view_*"]}, content_type="application/json")
    assert answer.status_code == 200


def test_a_new_role_begins_as_another(tenant: Any, client_for: Callable[..., Any]) -> None:
    for name, like in (("Key account", "member"), ("大客户", "manager")):
        answer = client_for("owner").post("/settings/roles/", {"name": name, "like": like})
        made = Role.objects.get(name=name)
        assert answer["Location"] == f"/settings/roles/{made.code}/"
        assert sorted(made.permissions) == sorted(Role.objects.get(code=like).permissions)


def test_permissions_come_and_go_without_a_trace() -> None:
    off, on = Wanted(BASIC, ()), Wanted(BASIC, BASIC)
    for held in ([], ["*"], ["*.view_*", "sales.*"], ["sales.add_deal", "-sales.view_deal", "*.view_*"]):
        without = permissions_after(held, {DEAL: off})
        assert not any(granted(frozenset(without), f"sales.{action}_deal") for action in BASIC)
        back = frozenset(permissions_after(without, {DEAL: on}))
        assert all(granted(back, f"sales.{action}_deal") for action in BASIC)


def test_a_rule_is_written_on_the_page_and_decides_what_is_seen(tenant: Any, client_for: Callable[..., Any]) -> None:
    owner, reader, path = client_for("owner"), client_for("member"), f"{PATH}{DEAL}/rule/"
    for name in ("Chairs", "Tables"):
        record_save(registry[DEAL].model, {"name": name}, actor=SYSTEM)
    page = owner.get(path).content.decode()
    sent = {"mark": re.findall(r'name="mark" value="(\w+)"', page)[0], "see": "rule", "change": "own"}
    line = {"w-0-in": "", "w-0-join": "and", "w-1-in": "0", "w-1-field": "name", "w-1-op": "eq", "w-1-value": "Chairs"}
    before = hashes()
    assert owner.post(path, sent).status_code == 422  # a rule is asked for, and there is none
    assert owner.post(path, {**sent, **line, "see": "all"}).status_code == 422  # there is one, and it is not asked for
    assert client_for("manager").post(path, sent | line).status_code == 403
    assert {name: value for name, value in hashes().items() if name != "team.user"} == {
        name: value for name, value in before.items() if name != "team.user"
    }
    assert owner.post(path, sent | line).status_code == 302
    rule = {"field": "name", "op": "eq", "value": "Chairs"}
    assert Role.objects.get(code="member").reach == {DEAL: {"see": "rule", "change": "own", "rule": rule}}
    names = [one["name"] for one in reader.get("/api/v1/deals/").json()["results"]]
    assert set(names) == {"Chairs"}
    assert "Chairs" in owner.get(PATH).content.decode()
    assert owner.post(path, sent | line).status_code == 422  # the role has been changed since that page
    sent["mark"] = re.findall(r'name="mark" value="(\w+)"', owner.get(path).content.decode())[0]
    assert owner.post(path, {**sent, **line, "see": "all", "change": "all", "clear": "1"}).status_code == 302
    assert Role.objects.get(code="member").reach == {}
