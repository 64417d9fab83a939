"""How the people at companies are listed, edited, found and moved."""

from django.utils.translation import gettext_lazy as _

from crm.core.registry import Alike, Resource, register
from crm.customers.models import Contact
from crm.customers.resources.customers import BORN, FURTHER, OTHER_WORDS, REACH, WECHAT


@register
class ContactResource(Resource):
    """Contacts: the people at a company."""

    model = Contact
    icon = "address-book"
    fields = ("name", "customer", "position", "role", *REACH, "born_on", "is_main", "notes")
    columns = ("name", "customer", "position", "role", "email", "phone", "is_main", "owner")
    filters = ("name", "customer", "position", "role", *REACH, "born_on", "is_main")
    sortable = ("name", "created_at")
    search = ("name", "position", *REACH)
    further = FURTHER
    personal = ("name", "position", *REACH, "born_on", "notes")
    alike = Alike(("email", "phone", "wechat"), ("customer",))
    keys = ("phone", "email")
    subject = True
    anonymous = ("customer",)
    groups = (
        (_("About"), ("customer", "position", "role", "is_main", "born_on", "owner")),
        (_("Reach"), REACH),
        (_("More"), ("notes", "is_sample", "created_at", "updated_at")),
    )
    synonyms = {
        "name": ("name", "contact", "contact name", "姓名", "联系人", "联系人姓名"),
        "customer": ("customer", "company", "account", "客户", "公司", "所属客户"),
        "position": ("position", "title", "job title", "职位", "职务"),
        "role": ("role", "buying role", "角色", "决策角色"),
        "email": ("email", "e-mail", "邮箱"),
        "phone": ("phone", "mobile", "手机", "电话"),
        **OTHER_WORDS,
        "wechat": WECHAT,
        "born_on": BORN,
        "notes": ("notes", "备注"),
    }
