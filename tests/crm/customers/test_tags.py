"""Tags: listed by use, renamed and merged wherever they stand."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache

from crm.core.actors import SYSTEM
from crm.core.errors import CrmError
from crm.core.models import Event
from crm.core.registry import registry
from crm.core.services import record_save
from crm.core.verbs import verb_run
from crm.customers.models import Customer, Tag
from crm.customers.services.tags import TONES, tags_hear

TAGS = registry["customers.tag"]


def customer(*tags: str) -> Customer:
    """A customer with tags, of which the pump has heard."""
    one = Customer.objects.get(pk=record_save(Customer, {"name": "Tagged", "tags": list(tags)}, actor=SYSTEM))
    tags_hear(list(Event.objects.filter(object_id=one.pk).values("object_type", "after")))
    return one


def tags_of(one: Customer) -> list[str]:
    """What stands on a customer now."""
    one.refresh_from_db()
    return list(one.tags)


def test_a_word_that_is_used_is_on_the_list_once(tenant: Any) -> None:
    customer("fair-26", "quiet")
    customer("fair-26")
    assert sorted(Tag.objects.filter(name__in=["fair-26", "quiet"]).values_list("name", flat=True)) == [
        "fair-26",
        "quiet",
    ]


def test_a_new_name_stands_on_every_customer_and_history_tells_of_it(tenant: Any) -> None:
    first, second, third = customer("fare", "big"), customer("big", "fare"), customer("big")
    verb_run(TAGS, "rename", Tag.objects.get(name="fare").pk, actor=SYSTEM, inputs={"name": "fair"})
    assert [tags_of(one) for one in (first, second, third)] == [["fair", "big"], ["big", "fair"], ["big"]]
    assert [one.version for one in (first, second, third)] == [2, 2, 1]
    assert not Customer.objects.filter(tags__contains=["fare"]).exists()
    with pytest.raises(CrmError) as told:
        verb_run(TAGS, "rename", Tag.objects.get(name="fair").pk, actor=SYSTEM, inputs={"name": "big"})
    assert told.value.code == "not_unique"
    assert tags_of(first) == ["fair", "big"]


def test_two_tags_become_one(tenant: Any) -> None:
    both, one = customer("vip-old", "vip-new"), customer("vip-old")
    old = Tag.objects.get(name="vip-old")
    verb_run(TAGS, "merge", old.pk, actor=SYSTEM, inputs={"into": "vip-new"})
    assert (tags_of(both), tags_of(one)) == (["vip-new"], ["vip-new"])
    old.refresh_from_db()
    assert old.deleted_at is not None


def test_lists_show_tags_in_the_colours_they_were_given(tenant: Any, client_for: Any) -> None:
    customer("fair-27")
    tag, client = Tag.objects.get(name="fair-27"), client_for("member")
    for colour in ("red", "purple"):
        record_save(Tag, {"colour": colour}, actor=SYSTEM, id=tag.pk)
        cache.delete(TONES)  # a test's transaction never commits
        page = client.get("/customers/?fields=name,tags&tags=fair-27").content.decode()
        assert f'<span class="badge bg-{colour}-lt">fair-27</span>' in page
