"""How holdings are listed, edited, found and moved."""


from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.core.errors import Problem, Unfit
from crm.core.registry import Board, Calendar, Part, Resource, Row, register
from crm.sales.models import Holding, HoldingPerson
from tenants.context import current


@register
class HoldingResource(Resource):
    """Holdings: what customers have from us, and until when."""

    model = Holding
    icon = "certificate"
    daily_in = frozenset({"bank", "travel"})
    fields = (
        *("name", "customer", "product", "kind", "number", "status", "amount", "currency"),
        *("starts_on", "ends_on", "is_renewed", "notes"),
    )
    columns = ("name", "customer", "kind", "status", "amount", "currency", "starts_on", "ends_on", "owner")
    filters = (
        *("name", "customer", "product", "kind", "number", "status", "amount", "currency"),
        *("starts_on", "ends_on", "is_renewed"),
    )
    quick = ("kind", "status")
    sortable = ("created_at", "name", "amount", "starts_on", "ends_on")
    search = ("name", "number")
    personal = ("notes",)
    keys = ("number",)
    parts = (
        Part(
            "people",
            pgettext_lazy("holding", "People"),
            HoldingPerson,
            "holding",
            ("position", "role", "name", "customer"),
        ),
    )
    amounts = ("amount",)
    timeline_at = "created_at"
    board = Board("status", ("customer", "kind", "amount", "ends_on", "owner"), amount="amount")
    calendar = Calendar("ends_on", state="status", over=("ended", "cancelled"), about="customer", is_aside=True)
    groups = (
        (_("About"), ("customer", "product", "kind", "number", "status", "owner")),
        (_("Money"), ("amount", "currency")),
        (_("When"), ("starts_on", "ends_on", "is_renewed")),
        (_("More"), ("notes", "is_sample", "created_at", "updated_at")),
    )
    synonyms = {
        "name": ("holding", "name", "contract", "持有产品", "名称", "合同名称", "产品名称"),
        "customer": ("customer", "customer id", "client", "客户", "客户编号", "会员号"),
        "number": ("contract number", "policy number", "account number", "booking number", "合同号", "保单号", "账号"),
        "kind": ("kind", "type", "类型", "产品类型"),
        "status": ("status", "状态"),
        "amount": ("amount", "balance", "premium", "金额", "余额", "保费"),
        "currency": ("currency", "币种"),
        "starts_on": ("start", "start date", "begins", "生效日期", "开始日期", "起始日期"),
        "ends_on": ("end", "end date", "expiry", "maturity date", "到期日", "到期日期", "结束日期"),
        "notes": ("notes", "备注"),
    }

    def derive(self, row: Row) -> Row:
        """Nothing ends before it begins; without a currency it is in the company's own."""
        if row["starts_on"] and row["ends_on"] and row["ends_on"] < row["starts_on"]:
            raise Unfit("ends_on", Problem("range", _("Ends before it begins.")))
        return {} if row["currency"] else {"currency": current().currency}
