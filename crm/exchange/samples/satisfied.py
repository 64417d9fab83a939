"""What the customers of a sample said when they were asked, and who has a say at its firms."""
from __future__ import annotations

from decimal import Decimal
from random import Random

from crm.core.registry import Row
from crm.exchange.samples.records import Book

ASKED_SHARE, ASKED_WITHIN_DAYS, STARS = 0.34, 240, 5
SCORES, WEIGHTS = (1, 2, 3, 4, 5), (4, 6, 14, 42, 34)
NPS_OF = {1: (0, 4), 2: (2, 6), 3: (5, 8), 4: (7, 9), 5: (8, 10)}
TRENDS = {1: "falling", 2: "falling", 5: "rising"}
ROLES = ("decides", "buys", "uses")


def satisfaction(random: Random, book: Book, *, buys: bool) -> Row:
    """What a survey left on a customer; most were not asked."""
    if random.random() >= ASKED_SHARE or not buys:
        return {}
    (score,) = random.choices(SCORES, WEIGHTS)
    complains = score < 3 and random.random() < 0.5
    return {
        "csat_score": Decimal(score), "csat_scale": STARS, "nps_score": random.randint(*NPS_OF[score]),
        "satisfaction_trend": TRENDS.get(score, "steady"), "open_complaints_count": int(complains),
        "surveyed_on": book.day(-random.randrange(3, ASKED_WITHIN_DAYS)),
    }
