"""What tells one industry's sample from another's: how often people buy, when, through which channel, for how long."""
from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SHOP_MONTHS = (0.78, 0.86, 0.95, 0.97, 1.02, 0.95, 0.88, 0.86, 0.98, 1.06, 1.35, 1.62)
SHOP_WEEK = (0.88, 0.90, 0.95, 1.00, 1.18, 1.38, 0.71)
Weights = tuple[tuple[str, int], ...]
Pair = tuple[str, str]  # English, Chinese


@dataclass(frozen=True)
class Trade:
    """An industry; what is not said is as in the shop."""

    code: str = "shop"
    days: int = 545
    buyers: int = 1730
    onlookers: int = 270
    company_share: float = 0.11
    family_share: float = 0.0
    owned_share: float = 0.62
    months: tuple[float, ...] = SHOP_MONTHS
    week: tuple[float, ...] = SHOP_WEEK
    steadiness: float = 0.9
    pace: tuple[float, float] = (2.2, 62.0)  # shape, mean days between visits
    gaps: tuple[float, float] = (5.0, 300.0)
    leave: tuple[float, float] = (0.5, 7.2)
    leave_after_first: float = 0.10
    return_share: float = 0.035
    lines_mean: float = 0.55
    units: tuple[float, float] = (0.11, 1.6)  # of persons, of companies
    spread: float = 0.0  # how far what is paid strays from the list price
    walk_in_share: float = 0.045
    has_fees: bool = True
    channels: Weights = (("online", 70), ("store", 24), ("phone", 6))
    behaviour: Weights = (("visit", 30), ("view", 50), ("cart", 14), ("response", 6))
    behaviour_mean: float = 5.0
    quiet_days: tuple[int, int] = (30, 200)  # a regular who stays away for so long is called

    @cached_property
    def words(self) -> Any:
        """What people of this trade talk about, in both languages."""
        return json.loads((HERE / "words" / f"{self.code}.json").read_text(encoding="utf-8"))


SHOP = Trade()
BANK = Trade(
    code="bank", days=760, buyers=1150, onlookers=150, company_share=0.16, owned_share=0.88,
    months=(1.15, 0.85, 1.05, 1.0, 0.95, 1.1, 0.95, 0.85, 1.0, 0.95, 1.0, 1.25),
    week=(1.15, 1.1, 1.05, 1.05, 1.2, 0.55, 0.2), pace=(2.0, 95.0), gaps=(12.0, 400.0), leave=(0.5, 6.5),
    leave_after_first=0.08, return_share=0.006, lines_mean=0.33, units=(0.0, 0.0), spread=0.55, walk_in_share=0.0,
    has_fees=False, channels=(("branch", 38), ("app", 52), ("phone", 10)),
    behaviour=(("app_open", 46), ("login", 26), ("visit", 12), ("call", 9), ("response", 7)),
    behaviour_mean=9.0, quiet_days=(60, 420))
TRAVEL = Trade(
    code="travel", days=1210, buyers=1180, onlookers=220, company_share=0.07, family_share=0.2, owned_share=0.7,
    months=(1.4, 1.25, 1.1, 1.0, 1.15, 1.35, 1.2, 0.85, 0.85, 0.8, 0.75, 0.9),
    week=(1.05, 0.95, 0.9, 0.95, 1.0, 1.15, 1.0), pace=(2.4, 205.0), gaps=(35.0, 600.0), leave=(0.6, 4.6),
    leave_after_first=0.12, return_share=0.02, lines_mean=0.42, units=(1.25, 7.0), spread=0.18, walk_in_share=0.02,
    has_fees=False, channels=(("online", 46), ("agency", 38), ("phone", 16)),
    behaviour=(("visit", 28), ("view", 56), ("cart", 8), ("response", 8)), behaviour_mean=6.0, quiet_days=(120, 900))
TRADES = {trade.code: trade for trade in (SHOP, BANK, TRAVEL)}
CHANNELS = {
    "online": ("Online", "线上"), "store": ("Store", "门店"), "phone": ("Phone", "电话"), "branch": ("Branch", "网点"),
    "app": ("App", "手机银行"), "agency": ("Agency", "门市"),
}


@lru_cache(maxsize=8)
def trade_of(industry: str) -> Trade:
    """The trade of an industry; who sells something else is shown the shop."""
    return TRADES.get(industry, SHOP)
