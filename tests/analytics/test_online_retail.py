"""The models on real orders, from nothing but the imported file, judged out of time by the protocols of the design."""

from datetime import date

import pytest
from django.utils import timezone

from analytics.services import evaluate, refresh
from analytics.worklist import worklist
from crm.core.actors import SYSTEM
from crm.customers.models import Customer
from crm.sales.models import Order
from tenants.models import Tenant
from tests.crm.exchange.test_online_retail import check_account, real_file


@pytest.mark.long(120)
def test_the_whole_real_file_is_accounted_for_and_reaches_the_figures(tenant: Tenant) -> None:
    Order.objects.update(deleted_at=timezone.now())
    account = check_account(tenant, real_file())
    assert (account["read"], account["stored"], account["refused"]) == (541_909, 539_434, 2_475)
    churn = evaluate(date(2011, 9, 9), 90)
    assert churn["status"] == "ok"
    assert churn["auc"] >= 0.735
    assert churn["brier"] <= 0.212
    assert {entry["name"] for entry in churn["contestants"]} == {"base_rate", "silence_rule", "logistic", "boosting"}
    assert churn["warnings"] == []
    lists = evaluate(date(2011, 10, 31), 90)
    assert lists["recall_new"] >= 0.088
    assert lists["recall_again"] >= 0.28
    assert lists["warnings"]
    run = refresh(as_of=timezone.now(), contest=True)
    assert run.features_on == date(2011, 12, 9)
    assert run.counts["real"]["scored"] > 4300
    assert Customer.objects.filter(churn_band__in=["high", "critical"], prediction_status="ok").exists()
    assert worklist(SYSTEM)[0].reason
