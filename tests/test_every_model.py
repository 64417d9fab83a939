"""Every model, field and task is known to somebody: a Resource, or the lists in tests/house/lists.py."""

from itertools import chain

import pytest
from django.apps import apps
from django.db import models

from config.celery import app as celery
from crm.core.models import Record
from crm.core.registry import registry
from crm.exchange.exporting.archive.contents import LEFT_OUT, unclassified
from tenants.tasks import TenantTask
from tests.house.lists import LAYERS, MOMENTS, PLAIN_MODELS, SERVICE_TASKS, UPWARD_LINKS

ALIEN = {"contenttypes", "auth", "sessions", "oauth2_provider", "gadgets"}
OURS = [model for model in apps.get_models() if model._meta.app_label not in ALIEN]
PARTS = {part.model for resource in registry for part in resource.parts}
NO_TEXT = (
    models.ForeignKey,
    models.IntegerField,
    models.FloatField,
    models.BooleanField,
    models.DateField,
    models.UUIDField,
    models.DecimalField,
    models.DurationField,
)
LEVEL = {app: level for level, group in enumerate(LAYERS) for app in group}


def label(model: type[models.Model]) -> str:
    """`app.Model`."""
    return model._meta.label


def texts(model: type[models.Model]) -> set[str]:
    """Fields that can hold free text."""
    return {f.name for f in model._meta.concrete_fields if not f.choices and not isinstance(f, NO_TEXT)}


@pytest.mark.parametrize("model", OURS, ids=label)
def test_every_model_is_a_record_a_part_or_listed(model: type[models.Model]) -> None:
    if issubclass(model, Record):
        assert registry.of(model).model is model
    else:
        assert model in PARTS or label(model) in PLAIN_MODELS


def test_the_list_of_models_names_no_ghosts() -> None:
    assert sorted(set(PLAIN_MODELS) - {label(model) for model in OURS}) == []


@pytest.mark.parametrize("name", sorted(PLAIN_MODELS))
def test_every_text_of_a_plain_model_is_classified(name: str) -> None:
    listed = [word for kind in ("person", "secret", "plain") for word in PLAIN_MODELS[name].get(kind, "").split()]
    assert sorted(listed) == sorted(texts(apps.get_model(name)))


def test_every_table_of_a_company_is_in_its_archive_or_left_out_for_a_reason() -> None:
    assert unclassified() == [], "say in crm/exchange/exporting/archive/contents.py: CARRIED, or LEFT_OUT and why"
    assert all(LEFT_OUT.values())


@pytest.mark.parametrize("model", OURS, ids=label)
def test_field_names_say_what_they_hold(model: type[models.Model]) -> None:
    def is_odd(field: models.Field[object, object]) -> bool:
        name, is_moment = field.name, isinstance(field, models.DateTimeField)
        is_day = isinstance(field, models.DateField) and not is_moment
        return name not in MOMENTS and any(
            (
                name.endswith("_at") != is_moment,
                name.endswith("_on") != is_day,
                name.startswith(("is_", "has_")) != isinstance(field, models.BooleanField),
                name.endswith("_count") and not isinstance(field, models.IntegerField),
            )
        )

    assert [field.name for field in model._meta.concrete_fields if is_odd(field)] == []


@pytest.mark.parametrize("model", OURS, ids=label)
def test_links_go_down_and_stay_in_the_schema(model: type[models.Model]) -> None:
    def is_wrong(link: models.ForeignKey[object, object]) -> bool:
        target = link.related_model._meta
        if UPWARD_LINKS.get(link.name) == target.label:
            return False
        leaves = (target.app_label == "tenants") != (model._meta.app_label == "tenants")
        return leaves or LEVEL[target.app_label] < LEVEL[model._meta.app_label]

    links = [field for field in model._meta.concrete_fields if isinstance(field, models.ForeignKey)]
    assert [link.name for link in links if is_wrong(link)] == []


def test_every_task_stands_in_a_tenant_or_is_listed() -> None:
    celery.loader.import_default_modules()
    ours = {name: task for name, task in celery.tasks.items() if not name.startswith("celery.")}
    assert sorted(name for name, task in ours.items() if not isinstance(task, TenantTask)) == sorted(SERVICE_TASKS)


def test_the_clock_starts_only_tasks_that_exist() -> None:
    celery.loader.import_default_modules()
    assert {entry["task"] for entry in celery.conf.beat_schedule.values()} <= set(celery.tasks)


def test_every_layer_is_an_installed_app() -> None:
    assert set(chain.from_iterable(LAYERS)) <= {config.label for config in apps.get_app_configs()}
