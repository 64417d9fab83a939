"""Mail that comes back (RFC 3464): what a server says of which address, believed only of mail that we sent there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_string
from email.message import Message as Mime

from crm.core.actors import SYSTEM
from crm.core.services import record_write
from crm.messaging.cleaning import one_line
from crm.messaging.heading import ADDRESS, ODD_OR_DEEP, header_of, ids_of
from crm.messaging.models import Message, Suppression
from crm.messaging.sending import recipients, settled

MOST_REPORTED, MOST_LOOKED_AT = 200, 50
State = Message.State


@dataclass(frozen=True)
class Failure:
    """One address that did not get a message, in the server's words; for good, or this time."""

    address: str
    words: str
    is_final: bool


@dataclass
class Returned:
    """What a report of delivery says: about which message, and who did not get it."""

    message_id: str = ""
    failures: list[Failure] = field(default_factory=list)


def returned_of(mime: Mime) -> Returned | None:
    """What a message reports, if it is such a report."""
    try:
        if mime.get_content_type() != "multipart/report" or not mime.is_multipart():
            return None
        if str(mime.get_param("report-type", "")).lower() != "delivery-status":
            return None
        parts = [part for part in mime.walk() if part is not mime][:MOST_LOOKED_AT]
    except ODD_OR_DEEP:
        return None
    found = Returned()
    for part in parts:
        if part.get_content_type() == "message/delivery-status":
            found.failures += failures_of(part)
        elif not found.message_id:
            found.message_id = original_id(part)
    return found


def failures_of(part: Mime) -> Iterator[Failure]:
    """The addresses that a server gave up on, block by block."""
    blocks = part.get_payload()
    for block in blocks[:MOST_REPORTED] if isinstance(blocks, list) else ():
        if not isinstance(block, Mime) or header_of(block, "Action").strip().lower() != "failed":
            continue
        named = header_of(block, "Original-Recipient") or header_of(block, "Final-Recipient")
        address = named.partition(";")[2].strip().strip("<>").lower()
        status = header_of(block, "Status").strip()
        words = header_of(block, "Diagnostic-Code").partition(";")[2] or status
        if ADDRESS.fullmatch(address):
            yield Failure(address, one_line(words, 250), status.startswith("5"))


def original_id(part: Mime) -> str:
    """The id of the message that came back, of which the report holds the whole or the head."""
    kind, payload = part.get_content_type(), part.get_payload()
    inner = payload[0] if kind == "message/rfc822" and isinstance(payload, list) and payload else None
    if kind == "text/rfc822-headers" and isinstance(payload, str):
        inner = message_from_string(payload[:100_000])
    ids = ids_of(inner, "Message-ID") if isinstance(inner, Mime) else []
    return ids[0] if ids else ""


def bounce_note(returned: Returned) -> None:
    """Write on our message who did not get it; whose address is no more gets no mail from now on."""
    message = Message.objects.select_for_update().filter(
        message_id=returned.message_id, direction=Message.Direction.OUT, state__in=(State.SENT, State.BOUNCED)
    ).first()  # fmt: skip
    if message is None:
        return
    people = set(recipients(message))
    failures = {one.address: one for one in returned.failures if one.address in people}
    if not failures:
        return
    for failure in failures.values():
        if failure.is_final:
            address_suppress(failure)
    words = "; ".join(f"{one.address}: {one.words}" for one in failures.values())
    state = State.BOUNCED if people == failures.keys() else State(message.state)
    settled(message, {"state": state.value, "error": one_line(words, 500)})


def address_suppress(failure: Failure) -> None:
    """Put an address on the list of those that are sent nothing, unless it stands there."""
    if not Suppression.objects.filter(address=failure.address, deleted_at=None).exists():
        values = {"address": failure.address, "reason": Suppression.Reason.BOUNCED.value, "remark": failure.words}
        record_write(Suppression, values, actor=SYSTEM)
