"""How lists are kept."""

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from crm.core.errors import Problem
from crm.core.registry import Resource, Row, register
from crm.customers.models import StaticList
from crm.customers.services.lists import list_exclude, list_include, lists_follow


@register
class StaticListResource(Resource):
    """Lists: chosen records of one noun; `in_list=` finds their members."""

    model = StaticList
    address = "lists"
    icon = "list-check"
    fields = ("name", "object_type", "description")
    computed = ("members_count",)
    columns = ("name", "object_type", "members_count", "description", "owner")
    filters = ("name", "object_type", "members_count")
    sortable = ("created_at", "name")
    search = ("name", "description")
    personal = ("name", "description")
    verbs = (list_include, list_exclude)
    follow_fields = ("object_type",)
    groups = (
        (_("About"), ("object_type", "members_count", "description", "owner")),
        (_("More"), ("is_sample", "created_at", "updated_at")),
    )

    def follow(self, rows: Mapping[int, Row], was: Mapping[int, Row]) -> Iterator[tuple[int, str, Problem]]:
        """A list is of a noun that there is, and keeps to it once it has members."""
        return lists_follow(rows, was)
