"""Files out by the client, and what the models say."""

from __future__ import annotations

from kith_client import Kith


def test_a_list_becomes_a_file_with_the_numbers_of_the_shop(kith: Kith, mark: str) -> None:
    ada = kith.customers.upsert("shop", mark, {"name": f"Ada {mark}", "source": mark})
    export = kith.exports.start("customers", filters={"source": mark}, fields=("name", "external_id.shop")).wait()
    assert f"Ada {mark},{mark}," in b"".join(export.read()).decode("utf-8-sig")
    assert kith.exports.get(export.state["id"]).state["state"] == "done"
    assert [one["id"] for one in kith.customers.list(external_id=f"shop:{mark}")] == [ada["id"]]
    assert kith.predictions(ada["id"])["id"] == kith.recommendations(ada["id"])["id"] == ada["id"]
    kith.customers.delete(ada["id"])


def test_the_client_tells_models_people_and_roles(kith: Kith) -> None:
    assert kith.models()["predictors"]
    assert kith.people()[0]["email"]
    assert {"owner"} <= {one["code"] for one in kith.roles()}
    assert kith.me()["tenant"]["slug"]
