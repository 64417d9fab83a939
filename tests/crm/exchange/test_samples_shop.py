"""The generator alone: the same bytes again, and a shop that one could believe in."""
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import mean, median

import pytest

from crm.exchange.samples.profiles import Profile, profiles_make
from crm.exchange.samples.seasons import Clock, season_factor
from crm.exchange.samples.shop import Shop, shop_make
from crm.exchange.samples.stories import order_days, quiet_ones, stories_make
from crm.exchange.samples.trades import SHOP

AS_OF = date(2026, 3, 10)


@pytest.fixture(scope="module")
def shop() -> Shop:
    """An English shop."""
    return shop_make(as_of=AS_OF)


@pytest.fixture(scope="module")
def chinese() -> Shop:
    """The same shop in Chinese."""
    return shop_make(as_of=AS_OF, locale="zh-hans")


@pytest.fixture(scope="module")
def profiles(shop: Shop) -> list[Profile]:
    """Its customers."""
    return profiles_make(shop)


def test_the_same_seed_makes_the_same_bytes(shop: Shop) -> None:
    again = shop_make(as_of=AS_OF)
    assert repr(again).encode() == repr(shop).encode()
    assert repr(profiles_make(again)).encode() == repr(profiles_make(shop)).encode()
    assert stories_make(again) == stories_make(shop)


def test_another_seed_makes_another_shop(shop: Shop) -> None:
    assert repr(shop_make(as_of=AS_OF, seed=7)) != repr(shop)


def test_both_languages_tell_the_same_story(shop: Shop, chinese: Shop) -> None:
    def story(told: Shop) -> Counter[tuple[int | None, date, str]]:
        return Counter((sale.customer, sale.at.date(), sale.kind) for sale in told.sales if sale.kind == "sale")

    assert story(chinese) == story(shop)
    assert {item.category for item in chinese.items} & {item.category for item in shop.items} == set()


def test_it_ends_yesterday_and_spans_a_year_and_a_half(shop: Shop) -> None:
    days = [sale.at.date() for sale in shop.sales]
    assert min(days) < AS_OF - timedelta(days=SHOP.days - 5)
    assert max(days) == AS_OF - timedelta(days=1)


def test_its_size_is_that_of_a_real_shop(shop: Shop, profiles: list[Profile]) -> None:
    assert len(profiles) == 2000
    assert len(shop.items) == 120
    assert len({item.category for item in shop.items}) == 10
    assert 7_000 < len(shop.sales) < 12_000


def test_some_buy_once_and_a_few_buy_all_the_time(shop: Shop) -> None:
    times = Counter(len(days) for days in order_days(shop).values())
    buyers = sum(times.values())
    assert 0.18 < times[1] / buyers < 0.40
    assert 0.05 < sum(n for count, n in times.items() if count >= 12) / buyers < 0.20


def test_customers_keep_paces_of_their_own(shop: Shop) -> None:
    regulars = [days for days in order_days(shop).values() if len(days) >= 5]
    pace = sorted(mean((b - a).days for a, b in pairwise(days)) for days in regulars)
    assert pace[len(pace) * 9 // 10] > 2 * pace[len(pace) // 10]


def test_december_is_busier_than_january_and_saturday_than_sunday(shop: Shop) -> None:
    months = Counter(sale.at.month for sale in shop.sales if sale.at.year == 2025)
    week = Counter(sale.at.weekday() for sale in shop.sales)
    assert months[12] > 1.4 * months[1]
    assert week[5] > 1.4 * week[6]


def test_winter_things_are_bought_before_winter(shop: Shop) -> None:
    winter = {item.position for item in shop.items if item.season == "w"}
    by_month: Counter[int] = Counter(sale.at.month for sale in shop.sales for line in sale.lines if line.item in winter)
    assert by_month[12] > 5 * by_month[6]
    assert season_factor("", 6) == 1.0


def test_most_of_what_runs_out_is_bought_again(shop: Shop) -> None:
    bought: dict[tuple[int, int], int] = defaultdict(int)
    for sale in shop.sales:
        for line in sale.lines:
            if sale.kind == "sale" and sale.customer is not None and line.item is not None:
                bought[sale.customer, line.item] += 1
    refills = mean(n > 1 for (_, item), n in bought.items() if shop.items[item].cycle_days)
    durables = mean(n > 1 for (_, item), n in bought.items() if not shop.items[item].cycle_days)
    assert refills > 0.25
    assert durables < 0.12


def test_things_that_go_together_are_bought_together(shop: Shop) -> None:
    baskets = [{line.item for line in sale.lines} for sale in shop.sales if sale.kind == "sale"]
    pairs = [(item.position, item.goes_with) for item in shop.items if item.goes_with is not None]
    lifts = []
    for one, two in pairs:
        n_one, n_two = sum(one in b for b in baskets), sum(two in b for b in baskets)
        together = sum(one in b and two in b for b in baskets)
        lifts.append(together * len(baskets) / max(1, n_one * n_two))
    assert median(lifts) > 3


def test_every_sale_has_lines_and_every_credit_takes_back_something_sold(shop: Shop) -> None:
    sold = {(s.customer, line.item) for s in shop.sales for line in s.lines if s.kind == "sale"}
    for sale in shop.sales:
        total = sum((line.amount for line in sale.lines), Decimal(0))
        assert sale.lines
        assert (total > 0) is (sale.kind == "sale")
        if sale.kind == "credit":
            assert (sale.customer, sale.lines[0].item) in sold
    assert 0.01 < mean(sale.kind == "credit" for sale in shop.sales) < 0.06


def test_some_sales_are_to_nobody_known_and_some_are_cancelled(shop: Shop) -> None:
    assert 0.02 < mean(sale.customer is None for sale in shop.sales) < 0.08
    assert 0.005 < mean(sale.status == "cancelled" for sale in shop.sales) < 0.03


def test_numbers_are_unique(shop: Shop, profiles: list[Profile]) -> None:
    for numbers in ([s.number for s in shop.sales], [p.number for p in profiles], [i.sku for i in shop.items]):
        assert len(set(numbers)) == len(numbers)
        assert all(number.startswith("SAMPLE-") for number in numbers)


def test_nobody_real_can_be_reached(profiles: list[Profile], chinese: Shop) -> None:
    found = [*profiles, *profiles_make(chinese)]
    reserved = (".example", "@example.com", "@example.net", "@example.org")
    emails = [e for p in found for e in (p.email, *(c.email for c in p.contacts)) if e]
    phones = [n for p in found for n in (p.phone, *(c.phone for c in p.contacts)) if n]
    assert all(email.endswith(reserved) and email.isascii() and " " not in email for email in emails)
    fiction = ("+447700900", "+353209130", "+4917139200", "+8614500")
    assert all(number.startswith(fiction) or (number.startswith("+1") and number[5:10] == "55501") for number in phones)


def test_names_are_those_of_the_language(profiles: list[Profile], chinese: Shop) -> None:
    assert all(p.name.isascii() for p in profiles)
    assert all(not any(c.isascii() for c in p.name) for p in profiles_make(chinese))
    assert {p.address.country for p in profiles_make(chinese)} == {"CN"}


def test_firms_have_people_and_one_of_them_first(profiles: list[Profile]) -> None:
    firms = [p for p in profiles if p.kind == "company"]
    assert 150 < len(firms) < 300
    assert all([c.is_main for c in firm.contacts] == [True] + [False] * (len(firm.contacts) - 1) for firm in firms)


def test_everybody_was_known_before_the_first_order(shop: Shop, profiles: list[Profile]) -> None:
    assert all(profiles[sale.customer].created_at < sale.at for sale in shop.sales if sale.customer is not None)


def test_tasks_speak_of_regulars_who_stay_away(shop: Shop) -> None:
    notes, tasks = stories_make(shop)
    quiet = quiet_ones(shop, order_days(shop))
    calls = [task for task in tasks if task.title.startswith("Call")]
    assert calls
    assert all(task.customer in quiet for task in calls)
    assert any(task.done_at for task in tasks)
    assert any(task.done_at is None for task in tasks)
    assert all(note.at.date() < AS_OF for note in notes)
    assert all(task.at.date() < AS_OF for task in tasks)


@pytest.mark.parametrize("as_of", [date(2026, 3, 10), date(2026, 8, 1), date(2026, 11, 22)])
def test_leaving_can_be_foretold_but_not_with_certainty(as_of: date) -> None:
    """The plainest score there is, days since the last order, ranks who stays away for 90 days better than a coin."""
    split, stayed, away = as_of - timedelta(days=90), list[int](), list[int]()
    for days in order_days(shop_make(as_of=as_of)).values():
        before = [day for day in days if day < split]
        if before:
            (stayed if len(before) < len(days) else away).append((split - before[-1]).days)
    wins = sum((a > s) + 0.5 * (a == s) for a in away for s in stayed)
    assert 0.70 < wins / (len(away) * len(stayed)) < 0.84
    assert 0.40 < len(away) / (len(away) + len(stayed)) < 0.65


def test_the_clock_runs_fast_when_the_shop_is_busy() -> None:
    clock = Clock(date(2025, 1, 1), SHOP)
    january, december = clock.after(5, 20.0) - 5, clock.after(330, 20.0) - 330
    assert december < january
