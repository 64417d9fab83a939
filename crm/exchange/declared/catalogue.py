"""The templates that come with the product."""

from django.utils.translation import gettext as _

from crm.core.errors import CrmError
from crm.exchange.declared import Template
from crm.exchange.declared.online_retail import ONLINE_RETAIL

TEMPLATES: dict[str, Template] = {template.name: template for template in (ONLINE_RETAIL,)}


def template_find(name: str) -> Template:
    """The template of that name, or a refusal that names them all."""
    if name not in TEMPLATES:
        sentence = _("There is no template %(name)s.") % {"name": name}
        raise CrmError("unknown_template", sentence, status=404, allowed=sorted(TEMPLATES))
    return TEMPLATES[name]
