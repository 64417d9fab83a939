"""Who may come in, as what, and what they may hand on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from crm.core.actors import SYSTEM, Actor
from crm.core.errors import CrmError
from crm.core.permissions import visible
from crm.core.services import record_save
from crm.customers.models import Customer
from crm.team.connections import app_create
from crm.team.models import ApiKey, ConnectedApp, Invitation, Role, User
from crm.team.reach import reach_of
from crm.team.services import (
    actor_of_key,
    actor_of_user,
    actor_restore,
    api_key_create,
    api_key_find,
    api_key_revoke,
    api_key_rotate,
    invitation_accept,
    invitation_create,
    password_set,
    reset_find,
    reset_token,
)
from tenants.context import inside


@pytest.fixture
def owner(tenant: Any) -> User:
    """A's owner."""
    return User.objects.select_related("role").filter(role__code="owner")[0]


def test_a_key_is_shown_once_kept_as_a_hash_and_found_again(owner: User, clone: Any) -> None:
    key, plain = api_key_create("Shop", actor=actor_of_user(owner, via="page"), scopes=["*.view_*"])
    assert plain.startswith("kith_")
    assert plain not in str(vars(ApiKey.objects.get(pk=key.pk)))
    found = api_key_find(plain)
    assert found is not None
    assert found.pk == key.pk
    ApiKey.objects.filter(pk=key.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert api_key_find(plain) is None


def test_a_key_row_copied_into_another_tenant_is_no_key_there(owner: User, clone: Any) -> None:
    key, plain = api_key_create("Shop", actor=SYSTEM, scopes=["*.view_*"])
    with inside(clone):
        ApiKey.objects.create(name=key.name, prefix=key.prefix, key_hash=key.key_hash, scopes=key.scopes)
        assert api_key_find(plain) is None
    assert api_key_find(plain) is not None


def test_a_revoked_key_is_dead_at_once(owner: User) -> None:
    key, plain = api_key_create("Shop", actor=SYSTEM, scopes=["*.view_*"])
    api_key_revoke(key, actor=actor_of_user(owner, via="page"))
    assert api_key_find(plain) is None
    with pytest.raises(CrmError):
        actor_restore("key", key.pk, via="job")


def test_nobody_hands_on_more_than_they_hold(owner: User) -> None:
    before = (ApiKey.objects.count(), Invitation.objects.count())
    member = Actor("user", owner.pk, frozenset({"*.view_*", "team.add_apikey", "team.invite_user"}))
    with pytest.raises(CrmError):
        api_key_create("Too much", actor=member, scopes=["*.delete_*"])
    with pytest.raises(CrmError):
        invitation_create("new@a.example", role=Role.objects.get(code="owner"), actor=member)
    assert (ApiKey.objects.count(), Invitation.objects.count()) == before
    assert invitation_create("new@a.example", role=Role.objects.get(code="read-only"), actor=member)


def test_an_invitation_is_taken_up_once_and_only_here(owner: User, clone: Any) -> None:
    actor = actor_of_user(owner, via="page")
    _, token = invitation_create("new@a.example", role=Role.objects.get(code="member"), actor=actor)
    with inside(clone), pytest.raises(CrmError):
        invitation_accept(token, name="New", password="a long enough word 7")
    with pytest.raises(CrmError):
        invitation_accept(token, name="New", password="short")
    user = invitation_accept(token, name="New", password="a long enough word 7")
    assert user.check_password("a long enough word 7")
    assert user.role.code == "member"
    with pytest.raises(CrmError):
        invitation_accept(token, name="Again", password="a long enough word 7")
    assert User.objects.filter(email="new@a.example").count() == 1


def test_a_reset_link_works_until_the_password_changes_and_only_here(owner: User, clone: Any) -> None:
    token = reset_token(owner)
    assert reset_find(token) == owner
    with inside(clone):
        assert reset_find(token) is None
    password_set(owner, "another long word 9")
    assert reset_find(token) is None


def test_a_session_hash_differs_between_a_tenant_and_its_clone(owner: User, clone: Any) -> None:
    here = owner.get_session_auth_hash()
    with inside(clone):
        assert User.objects.get(pk=owner.pk).get_session_auth_hash() != here
    assert owner.get_session_auth_hash() == here


def test_the_key_of_who_sees_only_their_own_records_sees_and_makes_only_theirs(owner: User) -> None:
    role = Role.objects.create(code="limited", name="Limited", permissions=["*"])
    role.reach, role.hidden_fields = {"customers.customer": {"see": "own"}}, ["customers.customer.phone"]
    role.save()
    maker = User.objects.create(email="maker@a.example", role=role)
    others = record_save(Customer, {"name": "Others", "owner": owner.pk}, actor=SYSTEM)
    key, _plain = api_key_create("Shop", actor=actor_of_user(maker, via="page"), scopes=["*"])
    program = actor_of_key(key)
    mine = record_save(Customer, {"name": "Mine"}, actor=program)
    assert set(visible(Customer, program).values_list("pk", flat=True)) == {mine}
    assert "customers.customer.phone" in program.hidden_fields
    assert visible(Customer, actor_of_user(owner, via="page")).filter(pk__in=[mine, others]).count() == 2
    with pytest.raises(CrmError) as refused:
        app_create("Shop", actor=actor_of_user(maker, via="page"), scopes=["*"], acts_for_people=False)
    assert refused.value.status == 403
    assert not ConnectedApp.objects.filter(name="Shop").exists()


def test_a_scope_with_a_minus_takes_out_again(owner: User) -> None:
    _key, plain = api_key_create("Shop", actor=SYSTEM, scopes=["*.view_*", "-sales.view_order"])
    found = api_key_find(plain)
    assert found is not None
    may = actor_of_key(found).may
    assert (may("sales.view_deal"), may("sales.view_order")) == (True, False)


def test_a_rotated_key_keeps_its_scopes_and_its_old_text_is_dead(owner: User) -> None:
    actor = actor_of_user(owner, via="page")
    key, old = api_key_create("Shop", actor=actor, scopes=["*.view_*"])
    new = api_key_rotate(key, actor=actor)
    assert api_key_find(old) is None
    found = api_key_find(new)
    assert found is not None
    assert (found.pk, found.scopes) == (key.pk, ["*.view_*"])
    api_key_revoke(key, actor=actor)
    with pytest.raises(CrmError):
        api_key_rotate(key, actor=actor)


@pytest.mark.parametrize("limits", [{"reach": reach_of({"customers.customer": {"see": "own"}})},
                                    {"hidden_fields": frozenset({"customers.customer.phone"})}])  # fmt: skip
def test_whoever_sees_less_than_a_key_gets_no_new_text_of_it(owner: User, limits: dict[str, Any]) -> None:
    key, old = api_key_create("Shop", actor=actor_of_user(owner, via="page"), scopes=["*"])
    everything = Actor("user", User.objects.get(email="member@kith.test").pk, frozenset({"*"}))
    with pytest.raises(CrmError) as refused:
        api_key_rotate(key, actor=replace(everything, **limits))
    assert refused.value.status == 403
    assert api_key_find(old) is not None
    assert api_key_find(api_key_rotate(key, actor=everything)) is not None


def test_from_whom_a_field_is_hidden_renews_a_key_that_does_not_see_it_either(owner: User) -> None:
    limited = Actor("user", owner.pk, frozenset({"*"}), hidden_fields=frozenset({"customers.customer.phone"}))
    key, old = api_key_create("Shop", actor=limited, scopes=["*"])
    assert api_key_find(api_key_rotate(key, actor=limited)) is not None
    assert api_key_find(old) is None


def test_a_key_that_a_key_made_stops_with_the_person_behind_it(owner: User) -> None:
    maker = User.objects.create(email="maker@a.example", role=Role.objects.get(code="owner"))
    first, _plain = api_key_create("Shop", actor=actor_of_user(maker, via="page"), scopes=["*"])
    second, plain = api_key_create("Till", actor=actor_of_key(first), scopes=["*.view_*"])
    assert (second.created_by, api_key_find(plain)) == (maker, second)
    User.objects.filter(pk=maker.pk).update(is_active=False)
    assert api_key_find(plain) is None


@pytest.mark.parametrize(
    ("networks", "address", "is_let_in"),
    [
        (["203.0.113.0/24"], "203.0.113.9", True),
        (["203.0.113.0/24"], "::ffff:203.0.113.9", True),
        (["203.0.113.0/24"], "203.0.114.9", False),
        (["203.0.113.0/24"], "", False),
        (["2001:db8::/32"], "2001:db8::7", True),
        (["2001:db8::/32"], "203.0.113.9", False),
    ],
)
def test_a_pinned_key_works_from_its_addresses_alone(
    owner: User, networks: list[str], address: str, is_let_in: bool
) -> None:
    _key, plain = api_key_create("Shop", actor=SYSTEM, scopes=["*.view_*"], addresses=networks)
    assert (api_key_find(plain, address=address) is not None) is is_let_in


def test_a_key_stops_when_its_maker_is_deactivated_and_shrinks_with_them(owner: User) -> None:
    maker = User.objects.create(email="maker@a.example", role=Role.objects.get(code="owner"))
    key, plain = api_key_create("Shop", actor=actor_of_user(maker, via="page"), scopes=["customers.*"])
    found = api_key_find(plain)
    assert found is not None
    assert actor_of_key(found).may("customers.delete_customer")
    User.objects.filter(pk=maker.pk).update(role=Role.objects.get(code="read-only"))
    found = api_key_find(plain)
    assert found is not None
    assert not actor_of_key(found).may("customers.delete_customer")
    assert actor_of_key(found).may("customers.view_customer")
    assert not actor_of_key(found).may("sales.view_order"), "the scopes still hold it back"
    User.objects.filter(pk=maker.pk).update(is_active=False)
    assert api_key_find(plain) is None
    with pytest.raises(CrmError):
        actor_restore("key", key.pk, via="job")


@pytest.mark.parametrize(
    "scope",
    ["", "customers", "*.*.*", "customers.view customer", "a.?", "[a-z].view_x", "-sales.view_order", "x" * 90,
     "nonsense.thing", "*zz.view_*"],
)  # fmt: skip
def test_a_scope_that_is_no_permission_makes_no_key(owner: User, scope: str) -> None:
    before = ApiKey.objects.count()
    with pytest.raises(CrmError) as refused:
        api_key_create("Shop", actor=SYSTEM, scopes=[scope])
    assert refused.value.status == 422
    assert ApiKey.objects.count() == before


def test_an_address_that_is_none_makes_no_key(owner: User) -> None:
    before = ApiKey.objects.count()
    with pytest.raises(CrmError):
        api_key_create("Shop", actor=SYSTEM, scopes=["*.view_*"], addresses=["somewhere"])
    assert ApiKey.objects.count() == before


def test_a_scoped_actor_may_what_both_sides_allow() -> None:
    actor = Actor("app", None, frozenset({"customers.*", "sales.view_*"}), scopes=frozenset({"*.view_*"}))
    assert actor.may("customers.view_customer")
    assert not actor.may("customers.delete_customer")
    assert actor.may("sales.view_*")
    assert not actor.may("*.view_*")


@pytest.mark.parametrize(("limit", "is_made"), [(-1, False), (0, False), (1_000_001, False), (1, True)])
def test_a_limit_is_a_number_of_requests(owner: User, limit: int, *, is_made: bool) -> None:
    before = ApiKey.objects.count()
    if is_made:
        api_key_create("Shop", actor=SYSTEM, scopes=["*.view_*"], burst_limit=limit)
    else:
        with pytest.raises(CrmError, match="from 1 to"):
            api_key_create("Shop", actor=SYSTEM, scopes=["*.view_*"], burst_limit=limit)
    assert ApiKey.objects.count() == before + is_made
