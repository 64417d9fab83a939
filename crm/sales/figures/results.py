"""The pages of figures about selling: results, targets and plans against them, the forecast."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from crm.core.actors import Actor
from crm.core.figures import Asked, Behind, Cell, Choices, Column, Figures, Kind, Line, Table, Tone, every_figures
from crm.core.permissions import is_hidden, visible
from crm.core.registry import registry
from crm.core.samples import sample_shown
from crm.sales.figures.history import history_cells, history_note
from crm.sales.models import Category, MeasureName, Product
from crm.sales.services.forecast import Outlook, left_out, outlooks
from crm.sales.services.leaderboard import Board, Standing
from crm.sales.services.likelihood import likelihood_read
from crm.sales.services.people import Staff, owners_param, staff_read
from crm.sales.services.periods import Period, period_now, period_read, period_year, periods_offered
from crm.sales.services.results import MEASURES, Closed, Measure, closed

MONEY: Kind = "money"
COUNT: Kind = "integer"
SHARE: Kind = "percent"
PEOPLE, TEAMS = "people", "teams"
FAIR, GOOD = 0.8, 1.0


def ways(actor: Actor) -> Choices:
    """By whom figures are told."""
    return ((PEOPLE, gettext_lazy("People")), (TEAMS, gettext_lazy("Teams")))


def categories(actor: Actor) -> Choices:
    """The product categories that there are, of the products that the actor may see."""
    noun = registry.of(Product)
    if not actor.may(noun.permission("view")) or is_hidden(noun, "category", actor):
        return (("", gettext_lazy("All products")),)
    found = visible(Product, actor).exclude(category="").order_by("category")
    names = found.values_list("category", flat=True).distinct()[:150]
    return (("", gettext_lazy("All products")), *((name, name) for name in names))


PERIOD = Asked("period", gettext_lazy("Period"), lambda _actor: periods_offered(), period_now, period_year)
BY = Asked("by", gettext_lazy("By"), ways, lambda: PEOPLE)
MEASURE = Asked("measure", gettext_lazy("Measure"), lambda _actor: MeasureName.choices, lambda: MeasureName.WON_VALUE)
CATEGORY = Asked("category", gettext_lazy("Product category"), categories, lambda: "")


@dataclass(frozen=True)
class About:
    """What a line is about: one person, or a team with everybody in it."""

    title: str
    people: tuple[UUID | None, ...]
    depth: int = 0
    team: UUID | None = None

    @property
    def owner(self) -> dict[str, str]:
        """The condition on a list that finds what they own."""
        return owners_param(one for one in self.people if one)


def lines_by(staff: Staff, by: str, shown: Sequence[UUID | None]) -> Iterator[About]:
    """The lines of a table: people as they come, or each team with its people below it."""
    inside: set[UUID | None] = set()
    if by == TEAMS:
        yield from team_lines(staff, None, shown, 0)
        inside = {person for team in staff.below[None] for person in staff.whole(team)}
    yield from (About(staff.name(person), (person,)) for person in shown if person not in inside)


def team_lines(staff: Staff, above: UUID | None, shown: Sequence[UUID | None], depth: int) -> Iterator[About]:
    """The teams below one, each followed by its own people and the teams below it."""
    for team in staff.below[above]:
        yield About(staff.teams[team][0], tuple(staff.whole(team)), depth, team)
        members = set(staff.members[team])
        yield from (About(staff.name(one), (one,), depth + 1) for one in shown if one in members)
        yield from team_lines(staff, team, shown, depth + 1)


def results_table(actor: Actor, *, period: str, by: str) -> Table:
    """Value won, deals won and lost, and win rate of everybody in a period."""
    asked, staff = period_read(period), staff_read()
    found = closed(asked, actor=actor)
    ranked = sorted(found, key=lambda one: (-found[one].won_value, staff.name(one)))
    lines = [
        result_line(one, sum((found.get(person, Closed()) for person in one.people), Closed()), asked)
        for one in lines_by(staff, by, ranked)
    ]
    whole = result_line(None, sum(found.values(), Closed()), asked)
    return Table(RESULT_COLUMNS, [*lines, whole])


RESULT_COLUMNS = (
    Column("won_value", gettext_lazy("Value won"), MONEY),
    Column("won", gettext_lazy("Deals won")),
    Column("lost", gettext_lazy("Deals lost")),
    Column("win_rate", gettext_lazy("Win rate"), SHARE, is_bar=True),
    Column("average", gettext_lazy("Average deal won"), MONEY),
)


def result_line(about: About | None, one: Closed, period: Period) -> Line:
    """What was closed by some, or together, with the deals behind each number."""
    owner = about.owner if about else {}
    won, every = MEASURES[MeasureName.WON_VALUE].behind(period, **owner), Measure("sales.deal", "closed_on")
    cells = {
        "won_value": Cell(one.won_value, won),
        "won": Cell(one.won, won),
        "lost": Cell(one.lost, every.behind(period, status="lost", **owner)),
        "win_rate": Cell(one.win_rate, every.behind(period, status__ne="open", **owner)),
        "average": Cell(one.won_value / one.won if one.won else None),
    }
    return line_of(about, cells)


def line_of(about: About | None, cells: dict[str, Cell]) -> Line:
    """A line of the table; the one about nobody in particular is the sum of all."""
    if about is None:
        return Line(_("Total"), cells, is_total=True)
    return Line(about.title, cells, about.depth, is_group=about.team is not None)


def targets_table(actor: Actor, *, period: str, measure: str, category: str, by: str) -> Table:
    """Targets and plans against results, the best first."""
    asked = period_read(period)
    board = Board(measure, asked, category, actor)
    kind: Kind = MONEY if MEASURES[measure].amount else COUNT
    more = {"lines__product__category": category} if category else {}
    about = [*lines_by(board.staff, by, board.shown()), None]
    return Table(target_columns(kind), [standing_line(one, board, MEASURES[measure], more) for one in about])


def target_columns(kind: Kind) -> tuple[Column, ...]:
    """What a leaderboard tells: amounts of money or numbers, as the measure counts."""
    return (
        Column("result", pgettext_lazy("sales", "Result"), kind),
        Column("target", gettext_lazy("Target"), kind),
        Column("share", gettext_lazy("Of target"), SHARE, is_bar=True),
        Column("expected", gettext_lazy("Expected by today"), kind),
        Column("pace", gettext_lazy("Pace"), SHARE),
        Column("plan", gettext_lazy("Plan"), kind),
    )


def standing_of(about: About | None, board: Board) -> Standing:
    """How a person, a team or everybody stands."""
    if about is None:
        return board.everybody()
    return board.team(about.team) if about.team else board.person(about.people[0])


def target_of(about: About | None, board: Board) -> Decimal | None:
    """The target of a person, a team or everybody; what nobody owns has none."""
    if about is None:
        return board.target(None)
    who = about.team or about.people[0]
    return board.target(who, is_team=about.team is not None) if who else None


def standing_line(about: About | None, board: Board, measure: Measure, more: dict[str, str]) -> Line:
    """How some, or all together, stand, with the records behind the result."""
    one = standing_of(about, board)
    owner = about.owner if about else {}
    cells = {
        "result": Cell(one.result, measure.behind(board.period, **owner, **more)),
        "target": Cell(one.target),
        "share": Cell(one.share),
        "expected": Cell(None if one.expected is None else one.expected.quantize(Decimal("0.01"))),
        "pace": Cell(one.pace, tone=tone_of(one.pace)),
        "plan": Cell(one.plan),
    }
    return line_of(about, cells)


def tone_of(pace: float | None) -> Tone:
    """Ahead, nearly there, or behind."""
    return "" if pace is None else "good" if pace >= GOOD else "fair" if pace >= FAIR else "bad"


def forecast_table(actor: Actor, *, period: str, by: str) -> Table:
    """What was won and is counted on, by category, with what people change and the target beside it."""
    asked = period_read(period)
    likelihood, board = likelihood_read(actor), Board(MeasureName.WON_VALUE, asked, "", actor)
    found = outlooks(asked, likelihood, actor=actor)
    ranked = sorted(found, key=lambda one: (-found[one].forecast, board.staff.name(one)))
    lines = []
    for about in [*lines_by(board.staff, by, ranked), None]:
        people = about.people if about else tuple(found)
        outlook = sum((found[one] for one in people if one in found), Outlook())
        line = forecast_line(about, outlook, target_of(about, board), asked)
        lines.append(replace(line, cells=dict(line.cells) | history_cells(outlook, likelihood)))
    return Table(FORECAST_COLUMNS, lines, (*forecast_notes(asked, actor), (history_note(likelihood), None)))


FORECAST_COLUMNS = (
    Column("closed", gettext_lazy("Won"), MONEY),
    Column("commit", gettext_lazy("Commit"), MONEY),
    Column("changed", gettext_lazy("Adjusted by"), MONEY),
    Column("forecast", gettext_lazy("Forecast"), MONEY),
    Column("by_history", gettext_lazy("By history"), MONEY),
    Column("history_low", gettext_lazy("At least, 80 %"), MONEY),
    Column("history_high", gettext_lazy("At most, 80 %"), MONEY),
    Column("target", gettext_lazy("Target"), MONEY),
    Column("share", gettext_lazy("Of target"), SHARE, is_bar=True),
    Column("best_case", gettext_lazy("Best case"), MONEY),
    Column("at_best", gettext_lazy("At best"), MONEY),
    Column("pipeline", gettext_lazy("In the pipeline"), MONEY),
    Column("omitted", gettext_lazy("Left out"), MONEY),
    Column("weighted", gettext_lazy("Weighted"), MONEY),
)
OPEN_IN = Measure("sales.deal", "expected_close_on", params={"status": "open"})


def forecast_line(about: About | None, one: Outlook, target: Decimal | None, period: Period) -> Line:
    """An outlook, with the deals and the changes behind each number."""
    owner = about.owner if about else {}
    cells: dict[str, Cell] = {
        place.value: Cell(one.of(place), OPEN_IN.behind(period, **owner, category=place))
        for place in (Category.BEST_CASE, Category.PIPELINE, Category.OMITTED)
    }
    commit = OPEN_IN.behind(period, **owner, category__in="commit,closed")
    whose = {f"person{name.removeprefix('owner')}": ids for name, ids in owner.items()}
    changes = Measure("sales.forecastadjustment", "starts_on").behind(period, **whose)
    cells |= {
        "closed": Cell(one.of(Category.CLOSED), MEASURES[MeasureName.WON_VALUE].behind(period, **owner)),
        "commit": Cell(one.of(Category.COMMIT), commit),
        "changed": Cell(one.changed, changes if one.changes else None),
        "forecast": Cell(one.forecast),
        "target": Cell(target),
        "share": Cell(float(one.forecast / target) if target else None),
        "at_best": Cell(one.at_best),
        "weighted": Cell(one.weighted),
    }
    return line_of(about, cells)


def forecast_notes(period: Period, actor: Actor) -> Iterator[tuple[str, Behind]]:
    """Open deals that stand in no column, and why."""
    undated, late = left_out(period, actor=actor)
    own = {"status": "open", "is_sample": "true" if sample_shown() else "false"}
    if undated:
        text = ngettext("%(n)s open deal has no expected close.", "%(n)s open deals have no expected close.", undated)
        yield text % {"n": undated}, Behind("sales.deal", {**own, "expected_close_on__empty": "true"})
    if late:
        text = ngettext(
            "%(n)s open deal should have closed before.", "%(n)s open deals should have closed before.", late
        )
        yield text % {"n": late}, Behind("sales.deal", {**own, "expected_close_on__lt": period.first.isoformat()})


every_figures.add(
    Figures(
        "results",
        pgettext_lazy("sales", "Results"),
        gettext_lazy("What was won and lost, and by whom."),
        "trophy",
        "sales.deal",
        (PERIOD, BY),
        results_table,
    )
)
every_figures.add(
    Figures(
        "leaderboard",
        gettext_lazy("Leaderboard"),
        gettext_lazy("Targets and plans against what was reached."),
        "medal",
        "sales.target",
        (PERIOD, MEASURE, CATEGORY, BY),
        targets_table,
        adds="sales.target",
    )
)
every_figures.add(
    Figures(
        "forecast",
        gettext_lazy("Forecast"),
        gettext_lazy("What is won and counted on: won, commit and what people adjust make the forecast."),
        "telescope",
        "sales.deal",
        (PERIOD, BY),
        forecast_table,
        adds="sales.forecastadjustment",
    )
)
