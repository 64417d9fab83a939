"""The next best action, by plain rules over stored fields: the first rule that fits."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from crm.core.trade import order_word


@dataclass(frozen=True)
class Facts:
    """What the rules look at."""

    band: str
    segment: str
    is_high_value: bool
    overdue_days: int
    orders: int


def action_of(facts: Facts) -> str:
    """The action's name, or nothing to do."""
    at_risk = facts.band in {"high", "critical"}
    is_slipping = facts.segment in {"cannot_lose", "at_risk"}
    rules = (
        (at_risk and facts.is_high_value, "call"),
        (is_slipping and not facts.band, "call"),
        (at_risk and facts.orders > 1, "win_back"),
        (facts.overdue_days >= 7 and facts.band != "low", "remind"),
        (facts.segment in {"new", "promising"}, "second_order"),
        (facts.segment == "champions", "thank"),
        (facts.segment in {"loyal", "potential_loyal"}, "recommend"),
        (at_risk, "win_back"),
    )
    return next((name for fits, name in rules if fits), "")


def action_label(name: str) -> str:
    """The action as a sentence for people."""
    match name:
        case "call":
            return _("Call personally: a valuable customer may be leaving")
        case "win_back":
            return _("Send a win-back offer")
        case "remind":
            return _("Remind: the usual %(order)s is overdue") % {"order": order_word()}
        case "second_order":
            return _("Welcome and invite to a second %(order)s") % {"order": order_word()}
        case "thank":
            return _("Say thank you and ask for a referral")
        case "recommend":
            return _("Suggest products that fit")
        case _:
            return ""
