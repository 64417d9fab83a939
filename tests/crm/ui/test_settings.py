"""Settings: what there is, for whom; people are called by their names everywhere."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from crm.core.registry import registry
from crm.team.models import Role, User
from crm.team.services import actor_of_user
from crm.ui.settings_menu import menu_of

ICON_LINK = re.compile(r'<a class="settings-card" href="([^"]+)">')


def led_to(client: Any) -> list[str]:
    """Where the page of all settings leads."""
    return ICON_LINK.findall(client.get("/settings/").content.decode())


def test_every_page_of_the_settings_opens_and_says_what_it_is_for(tenant: Any, client_for: Any) -> None:
    owner = User.objects.select_related("role").get(email="owner@kith.test")
    entries = [one for group in menu_of(actor_of_user(owner, via="page")) for one in group.entries]
    assert all(one.purpose for one in entries)
    client = client_for("owner")
    found = led_to(client)
    assert len(found) == len(entries)
    assert {client.get(path).status_code for path in found} == {200}


def test_nobody_is_led_where_they_may_not(tenant: Any, client_for: Any) -> None:
    reader = client_for("read-only")
    found = led_to(reader)
    assert found
    assert {reader.get(path).status_code for path in found} == {200}
    assert "/settings/fields/" not in " ".join(found)
    Role.objects.filter(code="read-only").update(permissions=[])
    nouns = {f"/{one.slug}/" for one in registry if one.in_settings}
    assert not [path for path in led_to(reader) if any(path.endswith(noun) for noun in nouns)]


def test_a_person_without_a_name_is_called_as_their_address_begins(tenant: Any, client_for: Any) -> None:
    role = Role.objects.get(code="member")
    assert User.objects.create(email="grace.okafor@kith.test", role=role).name == "grace.okafor"
    User.objects.bulk_create([User(email="ana@kith.test", role=role)])
    assert User.objects.get(email="ana@kith.test").name == "ana"
    client = client_for("owner")
    client.post("/settings/profile/", {"name": " ", "language": ""})
    assert User.objects.get(email="owner@kith.test").name == "owner"
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(email="ana@kith.test").update(name="")


def test_whose_programs_come_in_is_nothing_for_those_who_make_no_keys(tenant: Any, client_for: Any) -> None:
    reader, member = client_for("read-only"), client_for("member")
    for path in ("/settings/keys/", "/settings/usage/"):
        assert (reader.get(path).status_code, member.get(path).status_code) == (403, 200)
        assert path not in led_to(reader)
