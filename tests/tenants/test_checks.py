"""What is refused at start."""
from typing import Any

import pytest
from django.db import connection

from tenants.checks import database_check, order_problem, server_problems, settings_check, version_problem


def test_this_server_fits(db: None) -> None:
    server_problems.cache_clear()
    assert server_problems() == ()
    assert database_check(databases=["default"]) == []
    assert settings_check() == []


@pytest.mark.parametrize(("number", "fits"), [(150020, False), (179999, False), (180000, True), (190001, True)])
def test_an_old_server_is_named(number: int, fits: bool) -> None:
    assert (version_problem(number) == "") is fits


@pytest.mark.parametrize(("provider", "locale", "fits"), [
    ("b", "C.UTF-8", True), ("c", "en_US.UTF-8", False), ("i", "zh", False), ("c", "C.UTF-8", False), ("b", "C", False),
])
def test_another_sort_order_is_named(provider: str, locale: str, fits: bool) -> None:
    assert (order_problem(provider, locale) == "") is fits


@pytest.mark.parametrize(("name", "value", "words"), [
    ("CACHES", {"default": {"KEY_FUNCTION": "django_tenants.cache.make_key"}, "other": {}}, "'other'"),
    ("SESSION_ENGINE", "django.contrib.sessions.backends.signed_cookies", "SESSION_ENGINE"),
    ("SIGNING_BACKEND", "django.core.signing.TimestampSigner", "SIGNING_BACKEND"),
    ("DATABASE_ROUTERS", ["django_tenants.routers.TenantSyncRouter"], "DATABASE_ROUTERS"),
    ("STORAGES", {"default": {"OPTIONS": {"location": "/tmp/x"}}}, "location"),  # noqa: S108
    ("SHARED_APPS", ["tenants", "django.contrib.auth"], "both lists"),
])
def test_a_wall_that_is_missing_in_the_settings_is_named(settings: Any, name: str, value: Any, words: str) -> None:
    setattr(settings, name, value)
    assert any(words in problem.msg for problem in settings_check())


def test_a_connection_is_pooled_by_us(db: None) -> None:
    assert connection.settings_dict["OPTIONS"]["pool"]
