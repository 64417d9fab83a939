"""Who begins with the long tests."""
from __future__ import annotations

from tests.ordering import dealt


def test_each_share_begins_with_a_long_one_the_longest_first() -> None:
    others = [f"short {n}" for n in range(11)]
    order = dealt(["longest", "longer", "long"], others, 2)
    assert sorted(order) == sorted([*others, "longest", "longer", "long"])
    assert (order[:2], order[7]) == (["longest", "long"], "longer")
    assert [one for one in order if one in others] == others
