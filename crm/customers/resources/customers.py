"""How customers are listed, edited, found and moved."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from django.utils.translation import gettext_lazy as _

from crm.activities.saying import to_follow_up
from crm.core.days import day_here
from crm.core.errors import Problem
from crm.core.registry import Alike, Resource, Row, Waiting, register
from crm.customers import fitting
from crm.customers.birthdays import born_follow
from crm.customers.models import Customer, Satisfied, Scored
from crm.customers.services.asides import ASIDES
from crm.customers.services.consents import customer_consent, customer_withdraw
from crm.customers.services.observing import customer_observe
from crm.customers.services.parents import parents_follow
from crm.customers.services.pool import pool_follow, record_claim, record_release
from crm.customers.services.profiling import customer_restrict, customer_unrestrict
from crm.customers.services.tags import tag_tones

WECHAT = ("wechat", "weixin", "微信", "微信号")
BORN = ("birthday", "birth date", "date of birth", "dob", "生日", "出生日期", "出生年月", "出生年月日")
SCORES = tuple(field.name for field in Scored._meta.get_fields())
BUYING = (
    "orders_count",
    "repeat_rate",
    "clv_historic",
    "avg_order_value",
    "avg_days_between_orders",
    "last_order_at",
    "rfm_segment",
    "is_high_value",
    "clv_predicted",
    "next_purchase_expected_on",
)
FURTHER = {"email": "other_emails", "phone": "other_phones"}
OTHER_WORDS = {
    "other_emails": ("other email", "second email", "email 2", "alternative email", "其他邮箱", "备用邮箱", "邮箱2"),
    "other_phones": (
        *("other phone", "second phone", "phone 2", "mobile 2", "alternative phone"),
        *("其他电话", "备用电话", "电话2", "手机2"),
    ),
}
SATISFIED = tuple(field.name for field in Satisfied._meta.get_fields())
FOLLOW_UP = ("last_follow_up_at", "next_follow_up_on")
POOL = ("held_at", "pooled_at", "pool_reason")
ADDRESS = ("country", "province", "city", "district", "street", "postal_code")
SCORES_ONLY = tuple(name for name in SCORES if name not in BUYING)


REACH = ("email", "phone", *FURTHER.values(), "wechat")


@register
class CustomerResource(Resource):
    """Customers: people and companies, with their scores."""

    model = Customer
    icon = "users"
    begins = True
    fields = (
        "kind",
        "name",
        "number",
        "email",
        "phone",
        *FURTHER.values(),
        "wechat",
        "salutation",
        "gender",
        "born_on",
        "born_lunar",
        "tier",
        "lifecycle",
        "source",
        "tags",
        "industry",
        "parent",
        "team",
        *ADDRESS,
        "language",
        "time_zone",
        "preferred_channel",
        "tax_id",
        "id_document",
        *SATISFIED,
        "is_profiling_refused",
        "opening_orders_count",
        "opening_spend",
        "opening_last_order_on",
        "notes",
    )
    computed = (*SCORES, "age", "next_birthday_on", *FOLLOW_UP, *POOL)
    seldom = frozenset(
        {
            *("tier", "salutation", "born_lunar", "parent", "team", "time_zone", "tax_id", "id_document"),
            *("opening_orders_count", "opening_spend", "opening_last_order_on", *FURTHER.values(), *SATISFIED),
        }
    )
    columns = (
        "name",
        "churn_probability",
        "churn_band",
        "rfm_segment",
        "clv_predicted",
        "orders_count",
        "last_order_at",
        "city",
        "owner",
    )
    filters = tuple(name for name in (*fields, *computed) if name != "churn_reasons")
    quick = ("churn_band", "rfm_segment", "lifecycle", "is_high_value")
    sortable = (
        "name",
        "created_at",
        "churn_probability",
        "clv_predicted",
        "clv_historic",
        "orders_count",
        "last_order_at",
        "next_purchase_expected_on",
    )
    search = ("name", "number", "email", "phone", "wechat", "city", "tags", *FURTHER.values())
    further = FURTHER
    waiting = (Waiting("next_follow_up_on", to_follow_up, 60),)
    personal = (
        "name",
        "number",
        "email",
        "phone",
        *FURTHER.values(),
        "wechat",
        "tax_id",
        "id_document",
        "salutation",
        "gender",
        "born_on",
        "born_lunar",
        "age",
        "next_birthday_on",
        *ADDRESS,
        "notes",
    )
    sensitive = ("id_document",)
    alike = Alike(("email", "phone", "wechat", "tax_id"), ("city", "street", "born_on"))
    keys = ("number", "phone", "email")
    verbs = (
        *(record_claim, record_release, customer_restrict, customer_unrestrict),
        *(customer_consent, customer_withdraw, customer_observe),
    )
    asides = ASIDES
    tones = {"tags": tag_tones}
    pool = "claim"
    team_link = "team"
    fits = fitting.CUSTOMER
    follow_fields = ("owner", "parent")
    subject = True
    objection = "is_profiling_refused"
    anonymous = ("kind", "lifecycle", "opening_orders_count", "opening_spend")
    sums = dict.fromkeys(("avg_order_value", "clv_low", "clv_high"), False)
    kinds = {
        "repeat_rate": "percent",
        "churn_probability": "percent",
        "churn_base_rate": "percent",
        "churn_percentile": "percent",
        "buy_within_30d_probability": "percent",
        "prediction_confidence": "percent",
    }
    groups = (
        (
            _("About"),
            (
                *("kind", "lifecycle", "number", "tier", "owner", "team", "source", "tags", "industry", "parent"),
                *("salutation", "gender", "born_on", "born_lunar", "age", "next_birthday_on"),
            ),
        ),
        (_("Follow-up"), (*FOLLOW_UP, *POOL)),
        (_("Reach"), (*REACH, "preferred_channel", "language", "time_zone", *ADDRESS)),
        (_("Buying"), BUYING),
        (_("Satisfaction"), SATISFIED),
        (
            _("More"),
            (
                "tax_id",
                "id_document",
                "is_profiling_refused",
                "opening_orders_count",
                "opening_spend",
                "opening_last_order_on",
                "notes",
                "is_sample",
                "created_at",
                "updated_at",
            ),
        ),
        (_("Scores"), SCORES_ONLY),
    )
    synonyms = {
        "name": (
            "name",
            "full name",
            "customer name",
            "customer",
            "client",
            "company name",
            "account",
            "account name",
            "姓名",
            "名称",
            "客户",
            "客户名称",
            "客户姓名",
            "会员姓名",
            "公司名称",
            "名字",
        ),
        "number": (
            "number",
            "no",
            "id",
            "customer id",
            "customerid",
            "customer number",
            "customer no",
            "member number",
            "member no",
            "member id",
            "card number",
            "编号",
            "客户编号",
            "会员号",
            "会员编号",
            "会员卡号",
            "卡号",
            "客户号",
            "客户号码",
        ),
        "email": ("email", "e-mail", "mail", "email address", "邮箱", "电子邮箱", "电子邮件", "邮件"),
        "phone": (
            "phone",
            "mobile",
            "tel",
            "telephone",
            "cell",
            "phone number",
            "mobile number",
            "手机",
            "手机号",
            "手机号码",
            "电话",
            "联系电话",
            "联系方式",
        ),
        **OTHER_WORDS,
        "wechat": WECHAT,
        "gender": ("gender", "sex", "性别"),
        "born_on": BORN,
        "country": ("country", "office location", "国家"),
        "born_lunar": ("lunar birthday", "lunar date of birth", "农历生日", "阴历生日", "农历出生日期"),
        "salutation": ("salutation", "称谓", "称呼"),
        "tier": ("tier", "member tier", "membership level", "会员等级", "会员级别", "客户等级"),
        "time_zone": ("time zone", "timezone", "时区"),
        "province": ("province", "state", "region", "省", "省份"),
        "city": ("city", "town", "城市", "市"),
        "district": ("district", "county", "区", "区县"),
        "street": ("street", "address", "address line 1", "地址", "详细地址", "住址"),
        "postal_code": ("zip", "zip code", "postcode", "postal code", "邮编", "邮政编码"),
        "industry": ("industry", "sector", "行业"),
        "team": ("team", "sales team", "团队", "所属团队", "销售团队"),
        "csat_score": ("csat", "satisfaction", "satisfaction score", "满意度", "满意度评分"),
        "csat_scale": ("csat scale", "best possible", "满意度满分"),
        "nps_score": ("nps", "nps score", "推荐值", "推荐意愿"),
        "satisfaction_trend": ("satisfaction trend", "满意度趋势"),
        "surveyed_on": ("last survey", "survey date", "最近调查", "调查日期", "调研日期"),
        "open_complaints_count": ("open complaints", "未结投诉", "未处理投诉"),
        "parent": ("parent", "parent company", "subsidiary of", "母公司", "上级公司"),
        "source": ("source", "lead source", "来源", "客户来源"),
        "tags": ("tags", "labels", "标签"),
        "notes": ("notes", "note", "remarks", "comment", "备注", "说明"),
        "kind": ("type", "kind", "customer type", "类型", "客户类型"),
        "lifecycle": ("lifecycle", "stage", "生命周期"),
        "tax_id": ("tax number", "tax id", "vat", "税号", "统一社会信用代码"),
        "id_document": (
            "id document",
            "passport",
            "id card",
            "身份证",
            "身份证号",
            "护照",
            "证件号码",
            "证件号",
            "护照号",
            "护照号码",
        ),
        "opening_orders_count": (
            "orders",
            "order count",
            "number of orders",
            "purchases",
            "订单数",
            "购买次数",
            "消费次数",
            "交易笔数",
            "交易次数",
            "出行次数",
            "到店次数",
            "下单次数",
            "购买数",
            "visits",
            "trips",
        ),
        "opening_spend": (
            "total spent",
            "spend",
            "total amount",
            "消费金额",
            "累计消费",
            "消费总额",
            "总金额",
            "总消费",
            "总消费额",
            "累计金额",
            "累计消费金额",
            "total sales",
            "sales total",
            "累计交易额",
            "交易总额",
            "累计团费",
            "团费合计",
            "lifetime value",
        ),
        "opening_last_order_on": (
            "last order",
            "last order date",
            "last purchase",
            "last purchase date",
            "last visit",
            "last bought",
            "last bought on",
            "last sale",
            "last sale date",
            "last transaction",
            "last transaction date",
            "最近购买",
            "最近下单",
            "最近下单日期",
            "最近消费",
            "最近购买日期",
            "上次消费",
            "最后消费日期",
            "最后消费",
            "最后购买日期",
            "最后购买",
            "最后购买时间",
            "上次购买",
            "上次购买日期",
            "上次下单",
            "上次下单日期",
            "最后下单日期",
            "最后下单",
            "最后交易日期",
            "最后交易",
            "最近消费日期",
            "最近交易日期",
            "最近交易",
            "上次交易日期",
            "最近出行日期",
            "最近出行",
            "最近到店",
            "last trip",
        ),
    }

    derive_fields = ("age", "born_lunar", "born_on", "next_birthday_on")

    def derive(self, row: Row) -> Row:
        """Age and birthday follow from the birth date."""
        return self.deriving()(row)

    def deriving(self) -> Callable[[Row], Row]:
        """The same on one day."""
        return partial(born_follow, today=day_here())

    def follow(self, rows: Mapping[int, Row], was: Mapping[int, Row]) -> Iterator[tuple[int, str, Problem]]:
        """Who holds a customer since when; nobody is their own parent's parent."""
        pool_follow(rows, was)
        return parents_follow(rows, was)
