"""How teams are listed, edited and moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from crm.core.errors import Problem
from crm.core.registry import Resource, Row, register
from crm.team.models import Team
from crm.team.trees import teams_follow

WRITES = ("add", "change", "delete", "restore")


@register
class TeamResource(Resource):
    """Teams: who works with whom, and who sees whose records."""

    model = Team
    icon = "users-group"
    fields = ("name", "manager", "parent")
    columns = ("name", "manager", "parent")
    filters = ("name", "manager", "parent")
    quick = ("parent",)
    sortable = ("name", "created_at")
    ordering = "name"
    search = ("name",)
    personal = ()
    keys = ("name",)
    in_navigation, in_settings = False, True
    purpose = _("Who works with whom, under which manager")
    groups = (
        (_("About"), ("manager", "parent", "owner")),
        (_("More"), ("is_sample", "created_at", "updated_at")),
    )
    synonyms = {
        "name": ("team", "name", "regional office", "office", "团队", "名称"),
        "manager": ("manager", "lead", "经理", "主管"),
        "parent": ("parent", "team above", "上级团队"),
    }

    def permission(self, action: str) -> str:
        """Teams decide who sees what: whoever changes them manages people, and no pattern of work covers that."""
        return "team.manage_team" if action in WRITES else super().permission(action)

    def follow(self, rows: Mapping[int, Row], was: Mapping[int, Row]) -> Iterator[tuple[int, str, Problem]]:
        """No team stands below itself."""
        return teams_follow(rows, was)
