"""The people of the sample company: who signs up takes the first one's place, the others have no log-in."""
from __future__ import annotations

from datetime import timedelta

from crm.exchange.samples import people
from crm.exchange.samples.records import Book, Member, Sample

# Role, team by position, skill at selling, share of the work; the first is the owner, in no team.
PLACES = (
    ("owner", None, 1.0, 0.24), ("manager", 0, 1.25, 0.17), ("member", 0, 0.75, 0.22), ("manager", 1, 1.05, 0.16),
    ("member", 1, 0.6, 0.21),
)


def staff_make(book: Book) -> list[Sample]:
    """Fill in the people; gives the teams."""
    random, at = book.shop.stream("staff"), book.now - timedelta(days=book.shop.trade.days)
    ids = [book.ids.at(at) for _ in PLACES]
    leads = {team: id for id, (role, team, _, _) in zip(ids, PLACES, strict=True) if role == "manager"}
    names = enumerate(book.shop.trade.words["teams"])
    teams = [book.sample(at, name=book.shop.said(pair), manager=leads[place]) for place, pair in names]
    for id, (role, team, skill, share) in zip(ids, PLACES, strict=True):
        name = "" if role == "owner" else people.person_name(random, book.shop.is_chinese).text
        book.staff.append(Member(id, name, role, None if team is None else teams[team].id, skill, share))
    return teams


def customers_give_out(book: Book) -> None:
    """Whose each customer is; firms nearly always have somebody."""
    random, share = book.shop.stream("owners"), book.shop.trade.owned_share
    for profile in book.profiles:
        member = book.person(random, 0.04 if profile.kind == "company" else 1 - share)
        book.owners.append(member.id if member else None)
