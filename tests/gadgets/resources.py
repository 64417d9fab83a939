"""How gadgets are listed, edited, filtered, found and moved."""

from crm.core.registry import Resource, register
from tests.gadgets.models import Gadget


@register
class GadgetResource(Resource):
    """Gadgets: the whole of what a new noun declares."""

    model = Gadget
    icon = "package"
    fields = ("name", "colour", "weight", "made_on", "is_new", "customer")
    columns = ("name", "colour", "weight", "customer")
    filters = ("name", "colour", "weight", "made_on", "is_new", "customer")
    sortable = ("name", "created_at", "weight")
    search = ("name",)
    personal = ()
    keys = ("name",)
