"""Duplicates on pages: told of in forms, gathered, compared, merged and taken apart."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest

from crm.core.actors import SYSTEM
from crm.core.drafts import Change
from crm.core.models import Merge
from crm.core.services import record_save, records_save
from crm.customers.models import Customer
from crm.team.models import Role
from crm.ui.views.merging import GROUPS


@pytest.fixture
def twins(tenant: Any) -> tuple[UUID, UUID]:
    """Two customers who are one."""
    one = record_save(Customer, {"name": "Zhang Wei", "email": "z@w.test"}, actor=SYSTEM)
    return one, record_save(Customer, {"name": "张伟", "email": "z@w.test", "city": "Hangzhou"}, actor=SYSTEM)


def test_a_form_tells_of_a_double_and_saves_it_only_when_told_so(twins: tuple[UUID, UUID], client_for: Any) -> None:
    client, values = client_for("member"), {"name": "Zhang Wei", "email": "z@w.test", "kind": "person"}
    hint = client.get("/customers/alike/", values, HTTP_HX_REQUEST="true").content.decode()
    assert str(twins[0]) in hint
    assert "the same e-mail" in hint
    assert "z@w.test" not in client.get("/customers/alike/", {"name": "Nobody"}).content.decode()
    before = Customer.objects.count()
    refused = client.post("/customers/new/", values)
    assert refused.status_code == 422
    assert 'name="is_another"' in refused.content.decode()
    assert Customer.objects.count() == before
    unstorable = client.post("/customers/new/", {**values, "wechat": "x\0", "other_emails": "z\0@w.test"})
    assert unstorable.status_code < 500
    assert client.post("/customers/new/", {**values, "is_another": "1"}).status_code == 302
    assert Customer.objects.count() == before + 1


def test_the_page_of_a_sure_double_says_so_quietly(twins: tuple[UUID, UUID], client_for: Any) -> None:
    client = client_for("member")
    assert f"/customers/alike/?besides={twins[0]}" in client.get(f"/customers/{twins[0]}/").content.decode()
    told = client.get(f"/customers/alike/?besides={twins[0]}").content.decode()
    assert f"/customers/{twins[1]}/" in told
    assert f"/customers/{twins[0]}/similar/" in told
    assert "/similar/" not in client_for("read-only").get(f"/customers/alike/?besides={twins[0]}").content.decode()
    lone = record_save(Customer, {"name": "Somebody else"}, actor=SYSTEM)
    assert client.get(f"/customers/alike/?besides={lone}").content.decode().strip() == ""


def test_the_centre_gathers_them_and_what_is_told_apart_stays_apart(twins: tuple[UUID, UUID], client_for: Any) -> None:
    client, address = client_for("member"), "/duplicates/?noun=customers"
    assert str(twins[1]) in client.get(address).content.decode()
    assert str(twins[1]) in client.get(f"/customers/{twins[0]}/similar/").content.decode()
    client.post("/customers/apart/", {"id": [str(pk) for pk in twins]})
    assert str(twins[1]) not in client.get(address).content.decode()
    assert str(twins[1]) not in client.get(f"/customers/{twins[0]}/similar/").content.decode()


def test_the_centre_is_searched_and_shows_what_tells_them_apart(twins: tuple[UUID, UUID], client_for: Any) -> None:
    client, address = client_for("member"), "/duplicates/?noun=customers&search="
    found = client.get(f"{address}Zhang").content.decode()
    assert str(twins[1]) in found
    assert "Hangzhou" in found
    assert str(twins[1]) not in client.get(f"{address}Nobodyatall").content.decode()


def test_the_centre_goes_on_where_a_page_ends(tenant: Any, client_for: Any) -> None:
    rows = [Change({"name": f"Paged {n}", "email": f"{n // 2}@paged.test"}) for n in range(2 * GROUPS + 4)]
    records_save(Customer, rows, actor=SYSTEM)
    client, address, shown = client_for("member"), "/duplicates/?noun=customers&search=Paged", []
    for start in (0, GROUPS):
        answer = client.get(f"{address}&start={start}")
        shown.append({group.rows[0]["id"] for group, _columns in answer.context["groups"]})
    assert [len(one) for one in shown] == [GROUPS, 2]
    assert not shown[0] & shown[1]
    assert f"start={GROUPS}" in client.get(address).content.decode()
    assert client.get(f"{address}&start=x").status_code == 200


def test_they_are_compared_merged_found_again_and_taken_apart(twins: tuple[UUID, UUID], client_for: Any) -> None:
    one, two = twins
    client, ids = client_for("member"), {"id": [str(one), str(two)]}
    page = client.post("/customers/merge/", ids).content.decode()
    assert re.search(f'name="take-name" value="{one}"[^>]* checked', page)
    assert re.search(f'name="take-city" value="{two}"[^>]* checked', page)
    answer = client.post("/customers/merge/", {**ids, "keep": str(two), "take-name": str(one)})
    assert answer["Location"].endswith(f"/customers/{two}/")
    assert client.get(f"/customers/{one}/")["Location"].endswith(f"/customers/{two}/")
    assert Customer.objects.get(pk=two).name == "Zhang Wei"
    merge = Merge.objects.get(kept_id=two)
    assert f"/merges/{merge.pk}/undo/" in client.get(f"/customers/{two}/similar/").content.decode()
    client.post(f"/merges/{merge.pk}/undo/")
    live = Customer.objects.filter(pk__in=twins, deleted_at=None).order_by("pk")
    assert list(live.values_list("name", flat=True)) == ["Zhang Wei", "张伟"]
    assert client.get(f"/customers/{one}/").status_code == 200


def test_who_may_only_read_merges_nothing(twins: tuple[UUID, UUID], client_for: Any) -> None:
    client, ids = client_for("read-only"), {"id": [str(pk) for pk in twins], "keep": str(twins[0])}
    assert client.post("/customers/merge/", ids).status_code == 403
    assert client.post("/customers/apart/", ids).status_code == 403
    assert client.get("/duplicates/").status_code == 403
    assert "similar/" not in client.get(f"/customers/{twins[0]}/").content.decode()
    assert Customer.objects.filter(pk__in=twins, deleted_at=None).count() == 2
    assert "similar/" in client_for("member").get(f"/customers/{twins[0]}/").content.decode()


def test_who_may_not_change_one_of_them_merges_nothing(twins: tuple[UUID, UUID], client_for: Any) -> None:
    ids = {"id": [str(pk) for pk in twins], "keep": str(twins[0])}
    role = Role.objects.filter(code="member")
    role.update(reach={"customers.customer": {"see": "all", "change": "own"}})
    assert client_for("member").post("/customers/merge/", ids).status_code == 403
    assert Customer.objects.filter(pk__in=twins, deleted_at=None).count() == 2
    role.update(reach={}, hidden_fields=["customers.customer.city"])
    assert client_for("member").post("/customers/merge/", ids).status_code == 302
    assert Customer.objects.get(pk=twins[0]).city == "Hangzhou"


def test_chosen_rows_of_a_list_are_compared_by_whoever_may_merge(twins: tuple[UUID, UUID], client_for: Any) -> None:
    ids = "&".join(f"id={pk}" for pk in twins)
    page = client_for("member").get("/customers/").content.decode()
    button = re.search(r'<button[^>]*formaction="([^"]*)"[^>]*data-bulk-least="2"[^>]*hidden>', page)
    assert button
    assert "张伟" in client_for("member").get(f"{button[1]}?all=&{ids}").content.decode()
    Role.objects.filter(code="member").update(permissions=["*.view_*", "*.change_*"])
    assert "data-bulk-least" not in client_for("member").get("/customers/").content.decode()


def test_near_names_are_gathered_where_something_else_is_the_same(tenant: Any, client_for: Any) -> None:
    def made(name: str, city: str) -> str:
        return str(record_save(Customer, {"name": name, "city": city, "kind": "company"}, actor=SYSTEM))

    mill, mills = made("Northern Mill", "Bergen"), made("Northern Mills", "Bergen")
    far = made("Northern Mill X", "Oslo")
    food, foods = made("上海天天食品厂", "上海"), made("大上海天天食品厂", "上海")
    page = client_for("member").get("/duplicates/?noun=customers").content.decode()
    groups = [set(re.findall(r'name="id" value="([^"]*)"', one)) for one in page.split("merge-group")[1:]]
    assert {mill, mills} in groups
    assert {food, foods} in groups
    assert not any(far in group for group in groups)
