"""How leads are listed, edited, found and moved."""

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.activities.saying import to_follow_up
from crm.core.errors import Problem
from crm.core.registry import Alike, Board, Calendar, Resource, Row, Waiting, register
from crm.customers.services.pool import pool_follow, record_claim, record_release
from crm.sales.models import Lead
from crm.sales.services.leads import lead_convert, lead_unconvert, leads_follow

FOLLOW_UP = ("last_follow_up_at", "next_follow_up_on")
POOL = ("held_at", "pooled_at", "pool_reason")


@register
class LeadResource(Resource):
    """Leads: people who may become customers."""

    model = Lead
    icon = "user-plus"
    begins = True
    fields = (
        "name",
        "company",
        "position",
        "email",
        "phone",
        "wechat",
        "country",
        "city",
        "industry",
        "source",
        "status",
        "rating",
        "interest",
        "amount",
        "currency",
        "notes",
    )
    computed = ("converted_at", "customer", "contact", "deal", "dropped", *FOLLOW_UP, *POOL)
    columns = ("name", "company", "status", "rating", "source", "phone", "email", "owner")
    filters = (
        "name",
        "company",
        "email",
        "phone",
        "country",
        "city",
        "industry",
        "source",
        "status",
        "rating",
        "amount",
        "converted_at",
        "customer",
        "deal",
        *FOLLOW_UP,
        *POOL,
    )
    quick = ("status", "rating", "source")
    sortable = ("created_at", "name", "amount", "last_follow_up_at", "next_follow_up_on")
    ordering = "-created_at"
    search = ("name", "company", "email", "phone", "interest")
    personal = ("name", "company", "email", "phone", "wechat", "position", "city", "interest", "notes")
    subject = True
    waiting = (Waiting("next_follow_up_on", to_follow_up, 60, {"status__in": "new,working,qualified"}),)
    anonymous = ("status", "rating", "amount", "currency", "converted_at", "customer", "contact", "deal")
    alike = Alike(("email", "phone", "wechat"), ("company", "city"))
    keys = ("email", "phone")
    amounts = ("amount",)
    verbs = (lead_convert, lead_unconvert, record_claim, record_release)
    pool = "claim"
    pool_where = {"status__ne": Lead.Status.CONVERTED.value}
    follow_fields = ("owner", "status")
    groups = (
        (_("About"), ("company", "position", "status", "rating", "source", "owner")),
        (_("Follow-up"), (*FOLLOW_UP, *POOL)),
        (_("Reach"), ("email", "phone", "wechat", "country", "city", "industry")),
        (pgettext_lazy("lead", "Interest"), ("interest", "amount", "currency")),
        (pgettext_lazy("lead", "What became of it"), ("converted_at", "customer", "contact", "deal", "dropped")),
        (_("More"), ("notes", "is_sample", "created_at", "updated_at")),
    )
    timeline_at = "created_at"
    board = Board("status", ("company", "rating", "amount", "owner"), amount="amount", verbs={"converted": "convert"})
    calendar = Calendar("next_follow_up_on", state="status", over=("unqualified", "converted"), is_aside=True)
    synonyms = {
        "name": ("name", "lead", "full name", "姓名", "线索", "联系人"),
        "company": ("company", "organisation", "organization", "公司", "单位"),
        "position": ("position", "title", "job title", "职位"),
        "email": ("email", "e-mail", "邮箱"),
        "phone": ("phone", "mobile", "tel", "电话", "手机", "手机号"),
        "wechat": ("wechat", "微信"),
        "city": ("city", "城市"),
        "country": ("country", "国家"),
        "industry": ("industry", "行业"),
        "source": ("source", "lead source", "来源", "渠道"),
        "status": ("status", "状态"),
        "rating": ("rating", "评级", "热度"),
        "interest": ("interest", "interested in", "意向", "意向产品"),
        "amount": ("amount", "expected amount", "预算", "预计金额"),
        "notes": ("notes", "备注"),
    }

    def follow(self, rows: Mapping[int, Row], was: Mapping[int, Row]) -> Iterator[tuple[int, str, Problem]]:
        """Who holds a lead since when; that it was converted is said by its conversion alone, and for good."""
        pool_follow(rows, was)
        return leads_follow(rows, was)
