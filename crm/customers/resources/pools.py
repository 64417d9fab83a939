"""How the rules of the public pool are kept."""

from django.utils.translation import gettext_lazy as _

from crm.core.registry import Resource, register
from crm.customers.models import PoolRule


@register
class PoolRuleResource(Resource):
    """Rules of the public pool: how long somebody may keep what they do not follow up, and how much they may hold."""

    model = PoolRule
    address = "pool-rules"
    icon = "pool"
    fields = ("name", "noun", "return_days", "hold_limit")
    columns = ("name", "noun", "return_days", "hold_limit")
    filters = ("name", "noun")
    sortable = ("created_at", "name")
    search = ("name",)
    personal = ()
    keys = ("name",)
    in_navigation = False
    in_settings = True
    purpose = _("How long nobody may follow up before a record goes back")
    groups = (
        (_("About"), ("noun", "return_days", "hold_limit")),
        (_("More"), ("owner", "is_sample", "created_at", "updated_at")),
    )
