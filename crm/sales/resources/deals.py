"""How deals are listed, edited, found and moved."""

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from crm.activities.saying import to_follow_up
from crm.core.actors import Actor
from crm.core.errors import Problem
from crm.core.registry import Board, Calendar, Part, Resource, Row, Waiting, Worth, register
from crm.sales.models import Deal, DealContact, DealLine, Outcome
from crm.sales.resources.amounts import HUNDRED, kept, line_amount, money_of, product_of
from crm.sales.services.closing import deals_forbid
from crm.sales.services.deals import (
    deal_ask_approval,
    deal_lose,
    deal_move,
    deal_reopen,
    deal_win,
    people_follow,
)
from crm.sales.services.prices import offers_take, prices_suggest
from crm.sales.services.quotes import deal_quote
from crm.sales.services.stages import deals_follow

FOLLOW_UP = ("last_follow_up_at", "next_follow_up_on")


@register
class DealResource(Resource):
    """Deals: sales in the making, from the first talk to won or lost."""

    model = Deal
    icon = "target-arrow"
    begins = True
    fields = (
        "name",
        "customer",
        "pipeline",
        "stage",
        "amount",
        "currency",
        "exchange_rate",
        "price_book",
        "probability",
        "category",
        "expected_close_on",
        "opened_on",
        "closed_on",
        "lost_reason",
        "competitor",
        "source",
        "next_step",
        "next_step_on",
        "notes",
    )
    computed = ("status", "amount_home", "weighted_amount", "stage_at", *FOLLOW_UP)
    hidden = ("lines_amount",)
    tells = {"amount": ("amount_home", "weighted_amount", "lines")}
    columns = ("name", "customer", "stage", "amount", "currency", "expected_close_on", "owner", "next_step")
    filters = (
        "name",
        "customer",
        "pipeline",
        "stage",
        "status",
        "amount",
        "amount_home",
        "currency",
        "probability",
        "category",
        "expected_close_on",
        "opened_on",
        "closed_on",
        "lost_reason",
        "competitor",
        "source",
        "next_step_on",
        "stage_at",
        *FOLLOW_UP,
    )
    quick = ("status", "stage", "category", "source")
    sortable = ("created_at", "name", "amount_home", "expected_close_on", "closed_on", "stage_at", "next_follow_up_on")
    ordering = "-created_at"
    search = ("name", "next_step", "competitor")
    waiting = (Waiting("next_follow_up_on", to_follow_up, 62, {"status": "open"}),)
    personal = ("name", "next_step", "notes")
    kinds = {"exchange_rate": "number"}
    verbs = (deal_move, deal_quote, deal_win, deal_lose, deal_ask_approval, deal_reopen)
    seldom = frozenset({"exchange_rate", "price_book", "opened_on", "closed_on", "lost_reason", "competitor"})
    parts = (
        Part(
            "lines",
            _("Products"),
            DealLine,
            "deal",
            ("position", "product", "description", "quantity", "unit_price", "interval", "discount_percent"),
            ("amount", "list_price"),
            beside={"list_price": "unit_price"},
            leans_on=("currency", "customer", "price_book"),
            worth=Worth(("amount",), frozenset({"unit_price"}), prices_suggest),
        ),
    )
    amounts = ("amount",)
    groups = (
        (_("About"), ("customer", "pipeline", "stage", "status", "stage_at", "source", "owner")),
        (
            _("Money"),
            ("amount", "currency", "exchange_rate", "price_book", "amount_home", "probability", "weighted_amount"),
        ),
        (_("When"), ("category", "opened_on", "expected_close_on", "closed_on", "next_step", "next_step_on")),
        (_("Follow-up"), FOLLOW_UP),
        (_("If lost"), ("lost_reason", "competitor")),
        (_("More"), ("notes", "is_sample", "created_at", "updated_at")),
    )
    timeline_at = "created_at"
    calendar = Calendar("expected_close_on", state="status", over=("won", "lost"))
    board = Board(
        by="stage",
        since="stage_at",
        cards=("customer", "amount", "expected_close_on", "owner"),
        within="pipeline",
        amount="amount_home",
        weighted="weighted_amount",
        limit="days_limit",
        verb="move",
        asks=lambda stage: "lose" if stage["outcome"] == Outcome.LOST else "",
    )
    synonyms = {
        "name": ("deal", "opportunity", "opportunity name", "name", "商机", "商机名称", "名称"),
        "customer": ("customer", "account", "company", "client", "客户", "客户名称", "公司"),
        "stage": ("stage", "deal stage", "sales stage", "阶段", "商机阶段"),
        "amount": ("amount", "value", "close value", "deal value", "金额", "商机金额", "预计金额"),
        "currency": ("currency", "币种"),
        "probability": ("probability", "赢率", "概率"),
        "expected_close_on": ("expected close", "expected close date", "预计成交日期", "预计签单日期"),
        "opened_on": ("opened", "engage date", "created date", "start date", "开始日期", "创建日期"),
        "closed_on": ("closed", "close date", "成交日期", "结单日期"),
        "source": ("source", "lead source", "来源"),
        "next_step": ("next step", "下一步"),
        "notes": ("notes", "备注"),
        "owner": ("owner", "sales agent", "sales rep", "负责人", "销售"),
    }

    def follow(self, rows: Mapping[int, Row], was: Mapping[int, Row]) -> Iterator[tuple[int, str, Problem]]:
        """A deal follows its stage."""
        return deals_follow(rows, was)

    def forbid(
        self, rows: Mapping[int, Row], was: Mapping[int, Row], actor: Actor
    ) -> Iterator[tuple[int, str, Problem]]:
        """How deals end, and who may end them, is the same by every door."""
        return deals_forbid(rows, was, actor)

    def follow_part(
        self,
        part: Part,
        rows: Mapping[int, Row],
        lines: Mapping[int, list[Row]],
        before: Mapping[int, list[Row]],
        *,
        turned: Collection[int] = (),
    ) -> Iterator[tuple[int, str, Problem]]:
        """Lines that say no price take the price book's, unless the deal itself says what all of them are worth."""
        sums = {at for at, own in lines.items() if rows[at]["lines_amount"] or any(one["unit_price"] for one in own)}
        free = {at: own for at, own in lines.items() if at in sums or rows[at]["amount"] is None}
        return offers_take(rows, lines, before, free, turned=turned)

    def derive_part(self, part: Part, line: Row, row: Row) -> Row:
        """A line's amount is quantity × price, less its discount."""
        return {"amount": line_amount(line, row["currency"])}

    def derive(self, row: Row) -> Row:
        """With products, a deal's amount is their sum; weighted is what it is worth times how likely it is."""
        lines = row.get("lines")
        total = row["lines_amount"] if lines is None else sum((one["amount"] for one in lines), Decimal(0))
        total = kept("lines", total) if total else None  # lines that name no price leave the amount as it is given
        amount = row["amount"] if total is None else total
        home = None if amount is None else money_of("amount", "", amount, row["exchange_rate"])
        weighted = None if home is None else product_of("amount", home, Decimal(row["probability"] or 0) / HUNDRED)
        return {"lines_amount": total, "amount": amount, "amount_home": home, "weighted_amount": weighted}


@register
class DealContactResource(Resource):
    """People in deals: who has a say, and which."""

    model = DealContact
    address = "deal-contacts"
    icon = "users"
    piece_of = ("deal", "contact")
    fields = ("deal", "contact", "role", "is_main", "name", "notes")
    columns = ("name", "deal", "contact", "role", "is_main")
    filters = ("deal", "contact", "role", "is_main")
    quick = ("role",)
    search = ("name",)
    personal = ("name", "notes")
    in_navigation = False
    groups = (
        (_("About"), ("deal", "contact", "role", "is_main", "owner")),
        (_("More"), ("notes", "is_sample", "created_at", "updated_at")),
    )
    synonyms = {
        "deal": ("deal", "opportunity", "商机"),
        "contact": ("contact", "联系人"),
        "role": ("role", "角色"),
    }

    def follow(self, rows: Mapping[int, Row], was: Mapping[int, Row]) -> Iterator[tuple[int, str, Problem]]:
        """It bears the contact's name."""
        return people_follow(rows, was)
