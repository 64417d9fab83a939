"""What a sample sells: read from the catalogue of its trade, priced and named for a locale."""
from __future__ import annotations

import csv
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from statistics import median

FOLDER = Path(__file__).with_name("catalogues")
YUAN_FOR_ONE = 7
CATEGORIES = {
    "coffee": ("Coffee", "咖啡"), "tea": ("Tea", "茶"), "brewing": ("Brewing gear", "冲煮器具"),
    "cups": ("Cups and pots", "杯壶"),
    "baking": ("Baking", "烘焙"), "pantry": ("Pantry", "食品柜"), "scents": ("Candles and scents", "香氛"),
    "bath": ("Bath and body", "沐浴护理"), "plants": ("Plants and garden", "绿植园艺"),
    "paper": ("Paper and gifts", "文具礼品"),
    "deposits": ("Deposits", "存款"), "funds": ("Funds", "基金理财"), "insurance": ("Insurance", "保险"),
    "loans": ("Loans", "贷款"), "cards": ("Cards", "银行卡"), "payments": ("Payments", "支付结算"),
    "sea": ("By the sea", "海滨度假"), "mountains": ("Mountains", "山地徒步"), "winter": ("Winter", "冰雪"),
    "city": ("City trips", "城市游"), "culture": ("Culture", "人文线路"), "family": ("Family", "亲子"),
    "extras": ("Extras", "附加服务"),
}
# Files are matched by codes and numbers: a prefix that no shop's own have keeps samples out of it.
PREFIX = "SAMPLE-"


@dataclass(frozen=True, slots=True)
class Item:
    """One product, with what decides who buys it and when."""

    position: int
    sku: str
    name: str
    category: str
    tastes: str
    price: Decimal
    cost: Decimal
    dearness: float
    cycle_days: int
    season: str
    goes_with: int | None
    rank: int
    holds: str
    term_days: int
    buyers: str = ""  # persons or companies only

    def fits(self, *, is_company: bool) -> bool:
        """Whether such a customer would ever buy it."""
        return self.buyers in ("", "company" if is_company else "person")


def is_chinese(locale: str) -> bool:
    """Whether a sample for `locale` speaks Chinese; every other locale gets the English one."""
    return locale.lower().startswith("zh")


def price_of(text: str, share: str, chinese: bool) -> tuple[Decimal, Decimal]:
    """Price and cost in the sample's currency: yuan without cents, others as listed."""
    listed = Decimal(text)
    price = (listed * YUAN_FOR_ONE).quantize(Decimal(1)) if chinese else listed
    return price, (price * Decimal(share)).quantize(Decimal("0.01"))


@lru_cache(maxsize=6)
def catalogue(trade: str, chinese: bool) -> tuple[Item, ...]:
    """All products in the order of the file."""
    with (FOLDER / f"{trade}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    places = {row["code"]: at for at, row in enumerate(rows)}
    usual = median(float(row["price"]) for row in rows)
    ranks = dict.fromkeys(CATEGORIES, 0)
    items = []
    for at, row in enumerate(rows):
        ranks[row["category"]] += 1
        price, cost = price_of(row["price"], row["cost_share"], chinese)
        items.append(Item(
            position=at, sku=PREFIX + row["code"], name=row["zh" if chinese else "en"],
            category=CATEGORIES[row["category"]][chinese], tastes=row["tastes"], price=price, cost=cost,
            dearness=float(row["price"]) / usual, cycle_days=int(row["cycle_days"]), season=row["season"],
            goes_with=places.get(row["goes_with"]), rank=ranks[row["category"]],
            holds=row.get("holds") or "", term_days=int(row.get("term") or 0), buyers=row.get("buyers") or ""))
    return tuple(items)
