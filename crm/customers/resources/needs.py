"""How addresses, needs and relationships are listed, edited, found and moved."""

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from crm.core.errors import Problem
from crm.core.registry import Board, Calendar, Resource, Row, register
from crm.customers import fitting
from crm.customers.models import Address, Need, Relationship
from crm.customers.regions import region_code
from crm.customers.services.relationships import relationships_follow

PLACE = ("street", "district", "city", "province", "postal_code", "country")


@register
class AddressResource(Resource):
    """Addresses: the places of a customer."""

    model = Address
    address = "addresses"
    icon = "map-pin"
    title = "street"
    fields = ("customer", "kind", *PLACE, "recipient", "phone", "is_main")
    computed = ("region_code",)
    columns = ("street", "customer", "kind", "district", "city", "province", "country", "is_main")
    filters = ("customer", "kind", *PLACE, "region_code", "is_main")
    quick = ("kind",)
    sortable = ("created_at",)
    search = ("street", "district", "city", "recipient", "phone")
    personal = (*PLACE, "region_code", "recipient", "phone")
    in_navigation = False
    fits = fitting.PLACE
    groups = (
        (_("About"), ("customer", "kind", "is_main", "owner")),
        (_("Address"), (*PLACE, "region_code", "recipient", "phone")),
        (_("More"), ("is_sample", "created_at", "updated_at")),
    )
    synonyms = {
        "customer": ("customer", "customer id", "client", "客户", "客户编号", "会员号"),
        "street": ("street", "address", "address line 1", "地址", "详细地址"),
        "district": ("district", "county", "区", "区县"),
        "city": ("city", "town", "城市", "市"),
        "province": ("province", "state", "region", "省", "省份"),
        "postal_code": ("zip", "postcode", "postal code", "邮编", "邮政编码"),
        "country": ("country", "国家"),
        "kind": ("kind", "type", "address type", "类型", "地址类型"),
        "recipient": ("recipient", "consignee", "收件人", "收货人"),
        "phone": ("phone", "mobile", "电话", "收货电话"),
    }

    def derive(self, row: Row) -> Row:
        """The administrative code follows from the words."""
        return {"region_code": region_code(row["country"], row["province"], row["city"], row["district"])}


@register
class NeedResource(Resource):
    """Needs: what customers are interested in, or ask for."""

    model = Need
    icon = "bulb"
    fields = ("name", "customer", "kind", "strength", "status", "noted_on", "wanted_on", "source", "notes")
    columns = ("name", "customer", "kind", "strength", "status", "wanted_on", "owner")
    filters = ("name", "customer", "kind", "strength", "status", "noted_on", "wanted_on", "source")
    quick = ("kind", "strength", "status")
    sortable = ("created_at", "name", "noted_on", "wanted_on")
    search = ("name",)
    personal = ("name", "notes")
    timeline_at = "created_at"
    board = Board("status", ("customer", "kind", "strength", "wanted_on", "owner"))
    calendar = Calendar("wanted_on", state="status", over=("met", "dropped"), about="customer", is_aside=True)
    groups = (
        (_("About"), ("customer", "kind", "strength", "status", "owner")),
        (_("When"), ("noted_on", "wanted_on", "source")),
        (_("More"), ("notes", "is_sample", "created_at", "updated_at")),
    )
    synonyms = {
        "name": ("need", "interest", "requirement", "需求", "兴趣", "意向"),
        "customer": ("customer", "customer id", "client", "客户", "客户编号", "会员号"),
        "strength": ("strength", "priority", "强度", "意向程度"),
        "wanted_on": ("wanted by", "deadline", "需求时间", "期望时间"),
        "notes": ("notes", "备注"),
    }


@register
class RelationshipResource(Resource):
    """Relationships: how customers stand to one another."""

    model = Relationship
    icon = "affiliate"
    fields = ("name", "customer", "kind", "other", "since_on", "notes")
    computed = ("reciprocal",)
    between = piece_of = ("customer", "other")
    columns = ("name", "customer", "kind", "other", "reciprocal")
    filters = ("customer", "kind", "other", "reciprocal", "since_on")
    quick = ("kind",)
    sortable = ("created_at", "name")
    search = ("name",)
    personal = ("name", "notes")
    in_navigation = False
    follow_fields = ("customer", "other", "kind", "name")
    groups = (
        (_("About"), ("customer", "kind", "other", "reciprocal", "since_on", "owner")),
        (_("More"), ("name", "notes", "is_sample", "created_at", "updated_at")),
    )
    synonyms = {
        "customer": ("customer", "from", "客户"),
        "other": ("other", "to", "related customer", "关联客户"),
        "kind": ("relationship", "kind", "关系", "关系类型"),
    }

    def follow(self, rows: Mapping[int, Row], was: Mapping[int, Row]) -> Iterator[tuple[int, str, Problem]]:
        """Both names, and what the other is to the customer."""
        return relationships_follow(rows)
