"""Which version of a model is in use: learn anew, take an older one, go one back. Light: workers do the scoring."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from analytics.models import ModelVersion
from analytics.predictors import PREDICTORS
from crm.core.actors import Actor
from crm.core.errors import CrmError
from crm.core.permissions import permit
from crm.core.samples import sample_shown
from tenants.tasks import enqueue

Status = ModelVersion.Status
REFRESH, RESCORE = "analytics.tasks.refresh", "analytics.tasks.rescore_all"


def kind_check(kind: str) -> None:
    """Refuse a kind of model that there is not."""
    names = [one.name for one in PREDICTORS]
    if kind not in names:
        raise CrmError("not_found", _("There is no such model."), status=404, allowed=names)


def version_find(version_id: int) -> ModelVersion:
    """One version's card, without its bytes."""
    found = ModelVersion.objects.defer("artifact").filter(pk=version_id).first()
    if found is None:
        raise CrmError("not_found", _("There is no such model."), status=404)
    return found


def model_retrain(kind: str, *, actor: Actor) -> int:
    """Learn anew from today's data and let the best contestant win; a version that was held is released."""
    permit(actor, "analytics.retrain_model")
    kind_check(kind)
    with transaction.atomic():
        ModelVersion.objects.filter(predictor=kind, is_held=True).update(is_held=False)
        return enqueue(REFRESH, again=True)


def model_activate(kind: str, version_id: int, *, actor: Actor) -> ModelVersion:
    """Use an older version from now on, until the model is learned anew; everybody is scored again with it."""
    permit(actor, "analytics.activate_model")
    kind_check(kind)
    wanted = version_find(version_id)
    if wanted.predictor != kind:
        raise CrmError("not_found", _("There is no such model."), status=404)
    return version_use(wanted)


def model_rollback(kind: str, *, actor: Actor) -> ModelVersion:
    """Go back to the version that was in use before this one."""
    permit(actor, "analytics.rollback_model")
    kind_check(kind)
    versions = ModelVersion.objects.filter(predictor=kind, is_sample=sample_shown()).defer("artifact")
    present = versions.exclude(status=Status.RETIRED).order_by("-pk").first()
    older = versions.filter(verdict="ok", pk__lt=present.pk).order_by("-pk") if present else versions.none()
    if (before := older.first()) is None:
        raise CrmError("conflict", _("There is no published version before this one."), status=409)
    return version_use(before)


def version_use(wanted: ModelVersion) -> ModelVersion:
    """Put a version in use and hold it there; what it lacks to score with is refused."""
    has_parts = ModelVersion.objects.filter(pk=wanted.pk, artifact__isnull=False).exists() or wanted.predictor == "rfm"
    if wanted.verdict != "ok" or not has_parts:
        raise CrmError("conflict", _("This version cannot be used any more: what it learned is not kept."), status=409)
    alike = ModelVersion.objects.filter(predictor=wanted.predictor, is_sample=wanted.is_sample)
    with transaction.atomic():
        alike.exclude(pk=wanted.pk).exclude(status=Status.RETIRED).update(status=Status.RETIRED)
        alike.exclude(pk=wanted.pk).update(is_held=False)
        alike.filter(pk=wanted.pk).update(status=Status.ACTIVE, is_held=True)
        enqueue(RESCORE)
    wanted.status, wanted.is_held = Status.ACTIVE, True
    return wanted
