"""Many rows at once, and the feed of what has happened."""

from __future__ import annotations

from itertools import islice

from kith_client import Kith


def test_a_partial_batch_stores_the_good_rows_and_tells_of_the_others(kith: Kith, mark: str) -> None:
    rows = [
        {"action": "create", "values": {"name": f"{mark} a", "sku": f"{mark}-a"}},
        {"action": "create", "values": {"name": "", "sku": f"{mark}-b"}},
    ]
    good, bad = kith.products.batch(rows)
    assert (good.position, good.status, good.is_done) == (0, 201, True)
    assert (bad.position, bad.is_done) == (1, False)
    assert [one.pointer for one in bad.problems] == ["/rows/1/values/name"]
    assert kith.products.get(good.id)["sku"] == f"{mark}-a"


def test_an_atomic_batch_with_a_bad_row_stores_nothing(kith: Kith, mark: str) -> None:
    rows = [{"action": "create", "values": {"name": name, "sku": f"{mark}-{name}"}} for name in ("a", "")]
    assert [one.is_done for one in kith.products.batch(rows, mode="atomic")] == [False, False]
    assert kith.products.count(sku__starts=mark) == 0


def test_a_batch_of_more_than_a_thousand_rows_goes_in_several_calls(kith: Kith, mark: str) -> None:
    rows = ({"action": "create", "values": {"name": mark, "sku": f"{mark}-{n}"}} for n in range(1203))
    answers = list(kith.products.batch(rows))
    assert [one.position for one in answers] == list(range(1203))
    assert all(one.is_done for one in answers)
    assert kith.products.count(sku__starts=mark) == 1203


def test_a_row_that_is_not_understood_is_answered_in_its_place(kith: Kith, mark: str) -> None:
    good = {"action": "create", "values": {"name": mark, "sku": mark}}
    odd, done = kith.products.batch([{"action": "explode"}, good])
    assert (odd.is_done, odd.problems[0].pointer, done.is_done) == (False, "/rows/0/action", True)


def test_the_feed_tells_in_order_what_came_after_a_cursor(kith: Kith, mark: str) -> None:
    cursor = kith.events.now()
    made = kith.customers.create({"name": mark, "city": "Oslo"})
    kith.products.create({"name": mark, "sku": mark})
    kith.customers.change(made["id"], {"city": "Rome"})
    followed = kith.events.follow(cursor, types=["customers.customer.*"], seconds=0.2)  # others may hold the feed back
    events = list(islice(followed, 2))
    assert [event["name"] for event in events] == ["customers.customer.created", "customers.customer.changed"]
    assert {event["object"]["id"] for event in events} == {made["id"]}
    assert (events[1]["before"] or {})["city"] == "Oslo"
    assert (events[1]["after"] or {})["city"] == "Rome"
    assert list(kith.events.read(events[-1]["cursor"], types=["customers.customer.*"])) == []
