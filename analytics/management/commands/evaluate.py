"""./kith manage evaluate TENANT --as-of DATE --window DAYS [--json]: judge the models at a past date."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from analytics.management.commands.refresh import tenant_named
from analytics.predictors import algorithm_label
from analytics.services import evaluate
from tenants.context import inside

COLUMNS = (("auc", "AUC"), ("brier", "Brier"), ("lift_10", "lift 10%"), ("calibration_error", "calibr. error"),
           ("accuracy", "accuracy"))  # fmt: skip


class Command(BaseCommand):
    """Judge every contestant with nothing but what was known at a date, against what came after."""

    help = "Judge the models of one tenant at a past date; nothing is stored."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which tenant, which date, which window."""
        parser.add_argument("tenant")
        parser.add_argument("--as-of", type=date.fromisoformat, required=True, help="YYYY-MM-DD")
        parser.add_argument("--window", type=int, default=90, help="days after which silence counts as leaving")
        parser.add_argument("--json", action="store_true", help="one object instead of a table")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compute and print."""
        with inside(tenant_named(options["tenant"])):
            figures = evaluate(options["as_of"], options["window"])
        self.stdout.write(json.dumps(figures, ensure_ascii=False) if options["json"] else "\n".join(table(figures)))


def number(value: float | None) -> str:
    """A figure of the table."""
    return "-" if value is None else f"{value:.4f}"


def table(figures: dict[str, Any]) -> list[str]:
    """The contest for people, one line a contestant, the champion marked."""
    lines = [
        f"As of {figures['as_of']}, window {figures['window_days']} days: {figures['customers']} customers, "
        f"{number(figures['base_rate'])} of them left. Status: {figures['status']}.",
        f"Learned at: {', '.join(figures['trained_on']) or '-'}",
        "",
        f"  {'contestant':<40}" + "".join(f"{label:>15}" for _, label in COLUMNS),
    ]
    for entry in figures["contestants"]:
        mark = "*" if entry["name"] == figures["champion"] else " "
        cells = "".join(f"{number(entry[key]):>15}" for key, _ in COLUMNS)
        lines.append(f"{mark} {algorithm_label(entry['name']):<40}{cells}")
    recalls = f"Recall at 10: new {number(figures['recall_new'])}, again {number(figures['recall_again'])}"
    return [*lines, "", recalls, *(f"Note: {warning}" for warning in figures["warnings"])]
