"""How pipelines, their stages and lost reasons are kept."""

from collections.abc import Collection, Iterator, Mapping
from typing import ClassVar
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.core.errors import Problem
from crm.core.registry import Order, Resource, Row, register
from crm.sales.models import Deal, LostReason, Pipeline, Stage
from crm.sales.services.pipelines import fields_offered, stages_follow


@register
class PipelineResource(Resource):
    """Pipelines: ways of selling."""

    model = Pipeline
    order = Order("position")
    icon = "filter"
    fields = ("name", "is_default", "position")
    columns = ("name", "is_default", "position")
    filters = ("name", "is_default")
    sortable = ("position", "created_at")
    ordering = "position"
    search = ("name",)
    personal = ()
    keys = ("name",)
    in_navigation, in_settings = False, True
    purpose = _("Ways of selling, each with its stages")
    groups = (
        (_("About"), ("is_default", "position", "owner")),
        (_("More"), ("is_sample", "created_at", "updated_at")),
    )
    synonyms = {"name": ("pipeline", "name", "管道", "销售管道", "名称")}


@register
class StageResource(Resource):
    """Stages: the steps of a pipeline, what each asks for and how likely it makes a deal."""

    model = Stage
    order = Order("position", within="pipeline")
    icon = "stairs"
    fields = (
        "pipeline",
        "name",
        "position",
        "outcome",
        "probability",
        "category",
        "days_limit",
        "required_fields",
    )
    columns = ("name", "pipeline", "position", "outcome", "probability", "category", "days_limit")
    filters = ("pipeline", "name", "outcome", "category")
    quick = ("pipeline", "outcome")
    sortable = ("position", "created_at")
    ordering = "position"
    search = ("name",)
    personal = ()
    keys = ("name",)
    meant = Q(pipeline__is_default=True)
    in_navigation, in_settings = False, True
    purpose = _("The steps of a deal, their order and what each asks for")
    offers: ClassVar = {"required_fields": fields_offered}
    groups = (
        (_("About"), ("pipeline", "position", "outcome", "probability", "category")),
        (_("Rules"), ("days_limit", "required_fields")),
        (_("More"), ("owner", "is_sample", "created_at", "updated_at")),
    )
    synonyms = {"name": ("stage", "name", "阶段", "名称"), "probability": ("probability", "概率", "赢率")}

    def follow(self, rows: Mapping[int, Row], was: Mapping[int, Row]) -> Iterator[tuple[int, str, Problem]]:
        """A new stage comes after the last open one, and asks for fields that there are."""
        return stages_follow(rows, was)

    def needed(self, ids: Collection[UUID]) -> Mapping[UUID, Problem]:
        """A stage is kept as long as deals stand in it."""
        held = Deal.objects.filter(stage__any_of=ids, deleted_at__isnull=True).values_list("stage", flat=True)
        text = _("Deals stand in this stage; move them to another one first.")
        return dict.fromkeys(held.distinct() if ids else (), Problem("has_deals", text))


@register
class LostReasonResource(Resource):
    """Lost reasons: why deals are lost."""

    model = LostReason
    address = "lost-reasons"
    icon = "mood-sad"
    fields = ("name", "is_active")
    columns = ("name", "is_active")
    filters = ("name", "is_active")
    sortable = ("created_at",)
    search = ("name",)
    personal = ()
    keys = ("name",)
    in_navigation, in_settings = False, True
    purpose = _("Reasons to choose from when a deal is lost")
    groups = ((_("About"), ("is_active", "owner", "is_sample", "created_at", "updated_at")),)
    synonyms = {"name": ("reason", "lost reason", "name", "原因", "输单原因", "名称")}
