"""How tags are kept."""

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from crm.core.errors import Problem
from crm.core.registry import Resource, Row, register
from crm.customers.models import Tag
from crm.customers.services.tags import tag_merge, tag_rename, tones_forget


@register
class TagResource(Resource):
    """Tags: the words that customers are marked with."""

    model = Tag
    icon = "tag"
    fields = ("name", "colour", "description")
    columns = ("name", "colour", "description", "created_at")
    filters = ("name", "colour")
    quick = ("colour",)
    sortable = ("created_at", "name")
    ordering = "name"
    search = ("name", "description")
    personal = ()
    keys = ("name",)
    verbs = (tag_rename, tag_merge)
    in_navigation = False
    in_settings = True
    purpose = _("The words that customers are marked with, in colours")
    groups = (
        (_("About"), ("colour", "description", "owner")),
        (_("More"), ("is_sample", "created_at", "updated_at")),
    )
    def follow(self, rows: Mapping[int, Row], was: Mapping[int, Row]) -> Iterator[tuple[int, str, Problem]]:
        """Lists show the new colours at once."""
        tones_forget()
        return iter(())

    synonyms = {"name": ("tag", "label", "标签", "名称"), "colour": ("colour", "color", "颜色")}
