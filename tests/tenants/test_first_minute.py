"""A company signs up and finds scored customers, in its own language, in a schema that waited for it."""
from __future__ import annotations

from django.conf import settings
from django.test import Client

from crm.customers.models import Customer
from tenants.context import inside
from tenants.models import ReadySchema, Tenant

FORM = {"slug": "", "email": "boss@tea.example", "password": "a long way home", "industry": "shop"}


def signed_up(name: str, language: str) -> tuple[Tenant, str]:
    """The new tenant, and its first page."""
    client = Client(HTTP_HOST=settings.PUBLIC_HOST, headers={"Accept-Language": language})
    answer = client.post("/sign-up/", FORM | {"name": name})
    home = client.get(answer["Location"], follow=True)
    assert home.status_code == 200
    return Tenant.objects.latest("pk"), home.content.decode()


def test_it_opens_with_scored_customers_in_the_language_of_the_browser(committed: Tenant, samples: None) -> None:
    waiting = ReadySchema.objects.exclude(sample="").count()
    english, page = signed_up("Blue Kettle", "en")
    chinese, page_of_it = signed_up("云南单家茶业", "zh-CN")
    assert ReadySchema.objects.exclude(sample="").count() == waiting - 2
    assert (english.locale, chinese.locale) == ("en", "zh-hans")
    assert "Blue Kettle" in page
    assert "云南单家茶业" in page_of_it
    for tenant in (english, chinese):
        with inside(tenant):
            scored = Customer.objects.filter(is_sample=True, churn_probability__isnull=False)
            assert scored.count() >= 1000
            assert not Customer.objects.filter(is_sample=False).exists()
    with inside(chinese):
        assert Customer.objects.filter(name__regex="[一-龥]").count() >= 1000
