"""What a quote says on paper."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from babel.dates import format_date
from babel.numbers import format_currency, format_decimal
from django.utils import timezone
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from crm.core.papers import Paper
from crm.core.phones import phone_text
from crm.sales.models import Interval, Letterhead, Quote, QuoteLine
from tenants.context import current

Status = Quote.Status


def locale_here() -> str:
    """Babel's name of the language at hand."""
    return "zh_Hans_CN" if (get_language() or "en").lower().startswith("zh") else "en_US"


def number_text(value: Decimal) -> str:
    """A number without noughts at its end."""
    return str(format_decimal(value, locale=locale_here()))


def money_text(value: Decimal, currency: str) -> str:
    """An amount with its currency."""
    return str(format_currency(value, currency or current().currency, locale=locale_here()))


def price_text(value: Decimal, currency: str) -> str:
    """A price with all its digits: what costs half a cent is not said to cost nothing."""
    plain, own = value.normalize(), currency or current().currency
    return str(format_currency(plain, own, locale=locale_here(), decimal_quantization=False))


def quote_paper(quote: Quote) -> Paper:
    """The quote as it goes out, in the language at hand."""
    rows = QuoteLine.objects.filter(quote=quote).select_related("product").order_by("position")
    heads, lines = columns_of(list(rows), quote.currency)
    return Paper(
        title=_("Quote"),
        number=quote.number,
        sender=sender_of(quote.letterhead),
        mark=quote.letterhead.mark if quote.letterhead else "",
        receiver=receiver_of(quote),
        facts=facts_of(quote),
        heads=heads,
        rows=lines,
        totals=totals_of(quote),
        texts=texts_of(quote),
        standing=standing_of(quote),
        is_open=quote.status == Status.SENT and not is_late(quote),
        is_answered=quote.status == Status.ACCEPTED,
    )


def sender_of(head: Letterhead | None) -> tuple[str, ...]:
    """Who offers: the name, then how to reach them."""
    if head is None:
        return (current().name,)
    tax = _("Tax number %(number)s") % {"number": head.tax_number} if head.tax_number else ""
    found = (head.name, *head.address.splitlines(), phone_text(head.phone), head.email, head.website, tax)
    return tuple(line.strip() for line in found if line.strip())


def receiver_of(quote: Quote) -> tuple[str, ...]:
    """To whom it is offered."""
    customer, contact = quote.customer, quote.contact
    found = [customer.name] if customer else []
    if contact is not None:
        found.append(contact.name)
    if customer is not None:
        town = " ".join(part for part in (customer.postal_code, customer.city) if part)
        found += [customer.street, town]
    return tuple(line for line in found if line)


def facts_of(quote: Quote) -> tuple[tuple[str, str], ...]:
    """Number, day and until when."""
    sent = timezone.localdate(quote.sent_at) if quote.sent_at else timezone.localdate()
    found = [(_("Number"), quote.number), (_("Date"), str(format_date(sent, "medium", locale_here())))]
    if quote.valid_until:
        found.append((_("Good until"), str(format_date(quote.valid_until, "medium", locale_here()))))
    if quote.subject:
        found.append((_("Subject"), quote.subject))
    return tuple(found)


def columns_of(lines: list[QuoteLine], currency: str) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """The table; a column in which nothing stands is left out."""
    heads = (
        _("Description"),
        _("Quantity"),
        _("Price"),
        pgettext("interval", "Paid"),
        _("Discount"),
        pgettext("share", "Tax"),
        _("Amount"),
    )
    rows = [row_of(line, currency) for line in lines]
    shown = [at for at in range(len(heads)) if at in (0, len(heads) - 1) or any(row[at] for row in rows)]
    return tuple(heads[at] for at in shown), tuple(tuple(row[at] for at in shown) for row in rows)


def row_of(line: QuoteLine, currency: str) -> tuple[str, ...]:
    """One line."""
    name = line.description or (line.product.name if line.product else "")
    return (
        name,
        number_text(line.quantity),
        price_text(line.unit_price or Decimal(0), currency),
        line.get_interval_display() if line.interval not in ("", Interval.ONCE) else "",
        f"{number_text(line.discount_percent)}%" if line.discount_percent else "",
        f"{number_text(line.tax_percent)}%" if line.tax_percent else "",
        money_text(line.amount, currency),
    )


def totals_of(quote: Quote) -> tuple[tuple[str, str], ...]:
    """What it comes to."""
    total = (_("Total"), money_text(quote.amount, quote.currency))
    if not quote.tax_amount:
        return (total,)
    net = (_("Net amount"), money_text(quote.net_amount, quote.currency))
    return (net, (_("Tax"), money_text(quote.tax_amount, quote.currency)), total)


def texts_of(quote: Quote) -> tuple[tuple[str, str], ...]:
    """Terms, and where to pay."""
    account = quote.letterhead.bank_account if quote.letterhead else ""
    found = ((_("Terms"), quote.terms), (_("Bank account"), account))
    return tuple((head, text) for head, text in found if text)


def standing_of(quote: Quote) -> str:
    """How it stands, in a sentence; while it waits for an answer there is nothing to say."""
    moment = timezone.localtime(quote.answered_at).strftime("%Y-%m-%d %H:%M") if quote.answered_at else ""
    words = {"name": quote.answered_name, "moment": moment}
    if quote.status == Status.ACCEPTED:
        return _("Accepted by %(name)s on %(moment)s.") % words
    if quote.status == Status.DECLINED:
        return _("Declined on %(moment)s.") % words
    if quote.status == Status.REPLACED:
        return _("There is a newer version of this quote; ask for it.")
    return _("This offer has expired.") if is_late(quote) and quote.status != Status.DRAFT else ""


def is_late(quote: Quote) -> bool:
    """Whether the last day has passed."""
    last: date | None = quote.valid_until
    return last is not None and last < timezone.localdate()
