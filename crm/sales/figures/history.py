"""What history says of open deals, beside what people say: how much, between which bounds, how good it has been."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from crm.core.figures import Cell
from crm.sales.services.forecast import Outlook
from crm.sales.services.likelihood import LEAST, Likelihood

EIGHTY = 1.2816  # standard deviations to either side hold 80 % of what may come


def history_cells(one: Outlook, likelihood: Likelihood) -> dict[str, Cell]:
    """What history says, and between which bounds; nothing where it says nothing."""
    asked = {"by_history": 0.0, "history_low": -EIGHTY, "history_high": EIGHTY}
    if likelihood.base is None:
        return {name: Cell(None) for name in asked}
    return {name: Cell(one.by_history(off).quantize(Decimal("0.01"))) for name, off in asked.items()}


def history_note(one: Likelihood) -> str:
    """What the figures by history rest on, and how good they have been."""
    words: dict[str, object] = {"n": one.closed, "least": LEAST, "share": f"{(one.base or 0) * 100:.0f} %"}
    if one.base is None:
        return _("By history: too few deals were closed to learn from, %(n)s of %(least)s.") % words
    if one.brier is None or one.brier_base is None:
        text = _(
            "By history: %(share)s of the last %(n)s closed deals were won; "
            "for want of history by stage this counts for all."
        )
        return text % words
    words |= {"m": one.judged, "brier": f"{one.brier:.3f}", "base": f"{one.brier_base:.3f}"}
    if not one.stages:
        text = _(
            "By history: the stages of the last %(n)s closed deals say no more than that %(share)s were won, which "
            "counts for all (Brier score on the latest %(m)s: %(brier)s by stage, %(base)s by the share of all; "
            "less is better)."
        )
        return text % words
    text = _(
        "By history: what became of the last %(n)s closed deals, by stage (Brier score on the latest %(m)s, learned "
        "from the others: %(brier)s; by the share of all, %(share)s, it would be %(base)s; less is better)."
    )
    return text % words
