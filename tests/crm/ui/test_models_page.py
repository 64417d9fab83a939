"""The page of the models: learned anew and put back by whoever may; and the chooser of a key's scopes."""

from __future__ import annotations

from typing import Any

from analytics.models import ModelVersion
from crm.core.samples import sample_shown
from tenants.models import Outbox

AGAIN, BACK = "/models/churn/retrain/", "/models/rfm/rollback/"


def test_a_model_is_learned_anew_and_put_back_by_whoever_may(tenant: Any, client_for: Any) -> None:
    values = {"predictor": "rfm", "verdict": "ok", "algorithm": "quintiles", "features_on": "2026-01-01"}
    ModelVersion.objects.filter(predictor="rfm").delete()
    old, new = (
        ModelVersion.objects.create(name=name, status=status, is_sample=sample_shown(), data_hash="x", **values)
        for name, status in (("2026-01-01.1", "retired"), ("2026-01-02.1", "active"))
    )
    manager, reader, before = client_for("manager"), client_for("read-only"), Outbox.objects.count()
    page = manager.get("/models/").content.decode()
    assert AGAIN in page
    assert BACK in page
    assert AGAIN not in reader.get("/models/").content.decode()
    assert {reader.post(one).status_code for one in (AGAIN, BACK)} == {403}
    new.refresh_from_db()
    assert (new.status, Outbox.objects.count()) == ("active", before)
    assert manager.post(AGAIN).status_code == 302
    assert Outbox.objects.filter(task="analytics.tasks.refresh").count() == 1
    assert manager.post(BACK).status_code == 302
    old.refresh_from_db()
    assert (old.status, old.is_held) == ("active", True)
    assert manager.post(BACK).status_code == 302  # there is none before it: said on the page
    assert "no published version" in manager.get("/models/").content.decode()
    assert {manager.post(f"/models/{one}/").status_code for one in ("churn/delete", "weather/retrain")} == {404}


def test_a_key_may_be_given_the_export_of_one_noun(tenant: Any, client_for: Any) -> None:
    page = client_for("owner").get("/settings/keys/").content.decode()
    assert 'value="customers.export_customer"' in page
    assert 'value="*.export_*"' in page
