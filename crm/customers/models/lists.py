"""Lists that people put together by hand, of records of one noun."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from crm.core.fields import search_index, sort_indexes
from crm.core.models import Record


class StaticList(Record):
    """A list of chosen records: who was invited, whom to call this week."""

    name = models.CharField(_("Name"), max_length=120)
    name_key = models.CharField(max_length=200, blank=True, editable=False)
    object_type = models.CharField(
        _("Of what"), max_length=60, help_text=_("The noun's name, such as customers.customer or sales.lead.")
    )
    members_count = models.PositiveIntegerField(_("Members"), default=0, editable=False)
    description = models.CharField(_("Description"), max_length=200, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("List"), _("Lists")
        indexes: ClassVar = [search_index("static_list"), *sort_indexes("static_list", "created_at", "name_key")]

    def __str__(self) -> str:
        return self.name


class ListMember(models.Model):
    """One record on a list."""

    id = models.BigAutoField(primary_key=True)
    list = models.ForeignKey(StaticList, models.CASCADE, related_name="members")
    object_id = models.UUIDField()
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    added_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["list", "object_id"], name="list_member_once")]
        indexes: ClassVar = [models.Index(fields=["object_id"], name="list_member_object")]

    def __str__(self) -> str:
        return str(self.object_id)
