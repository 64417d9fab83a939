"""What comes after a mail was sent: a copy in the mailbox, mail that comes back, and who took back their consent."""

from __future__ import annotations

from email import message_from_bytes, policy
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from crm.activities.files import content_read, files_of
from crm.activities.follow_ups import follow_ups_count
from crm.automation.models import Notification
from crm.automation.notices import notices_hear
from crm.core.actors import SYSTEM
from crm.core.models import Event
from crm.core.verbs import verb_run
from crm.customers.models import Customer
from crm.customers.resources.customers import CustomerResource
from crm.messaging.arriving import mail_take
from crm.messaging.filing import message_file
from crm.messaging.models import Mailbox, Message, Suppression
from crm.messaging.sending import LABEL, mail_send
from crm.messaging.services import message_send
from crm.messaging.transport import folder_name
from crm.team.models import User
from tenants.models import Outbox as Waiting
from tests.crm.messaging.servers import USER, Inbox, Outbox
from tests.crm.messaging.test_sending import buyer, draft, sent

__all__ = ["buyer"]


def report(message: Message, *failures: tuple[str, str, str]) -> bytes:
    """What a server writes that could not deliver: address, action, status."""
    blocks = "\r\n".join(
        f"Final-Recipient: rfc822; {address}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; 550 {address} is unknown here\r\n"
        for address, action, status in failures
    )
    return (
        f"From: Mail Delivery System <MAILER-DAEMON@mx.example>\r\nTo: {USER}\r\nSubject: Undelivered mail\r\n"
        f"Message-ID: <{message.pk.hex}@mx.example>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nI could not deliver this.\r\n"
        f"--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n{blocks}\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message.message_id}\r\nSubject: Tea\r\n\r\n"
        "--b--\r\n"
    ).encode()


def test_a_copy_is_put_once_where_other_programs_look_for_it(mailbox: Mailbox, inbox: Inbox, outbox: Outbox) -> None:
    message = draft(mailbox, bcc=["chef@leaf.example"])
    assert sent(message) == "sent"
    assert Waiting.objects.filter(task="messaging.tasks.mail_file", ids__message=str(message.pk)).count() == 1
    assert [message_file(message.pk, 0) for _again in range(2)] == [True, False]
    ((folder, raw),) = inbox.sent
    mime = message_from_bytes(raw, policy=policy.default)
    assert (folder, mime["Message-ID"], mime["Bcc"]) == ("Gesendet", message.message_id, "chef@leaf.example")
    assert mime["Date"].datetime == message.sent_at.replace(microsecond=0)
    people, wire = outbox.taken[0]
    assert people == ["ada@mill.example", "chef@leaf.example"]
    assert b"chef@leaf.example" not in wire


def test_the_folder_is_found_by_its_usual_name_or_the_one_that_is_named(mailbox: Mailbox, inbox: Inbox) -> None:
    inbox.folders = ['() "/" "INBOX"', '() "." "INBOX.Sent Items"', f'() "/" {folder_name("已发送&存档")}']
    message = draft(mailbox)
    sent(message)
    assert message_file(message.pk, 0)
    assert inbox.sent[0][0] == "INBOX.Sent Items"
    inbox.sent.clear()
    Mailbox.objects.filter(pk=mailbox.pk).update(sent_folder="已发送&存档")
    assert message_file(message.pk, 0)
    assert inbox.sent[0][0] == "&XfJT0ZAB-&-&W1hoYw-"


def test_a_copy_that_cannot_be_put_is_told_and_the_mail_stays_sent(mailbox: Mailbox, inbox: Inbox) -> None:
    message = draft(mailbox)
    sent(message)
    inbox.appends = "NO quota exceeded"
    assert not message_file(message.pk, 0)
    message.refresh_from_db()
    assert message.state == "sent"
    assert "quota exceeded" in message.error
    inbox.folders = ['() "/" "INBOX"']
    assert not message_file(message.pk, 0)
    message.refresh_from_db()
    assert "There is no folder for sent mail" in message.error


def test_mail_that_comes_back_stops_further_mail_and_tells_the_sender(mailbox: Mailbox, buyer: UUID) -> None:
    writer = User.objects.get(email="member@kith.test")
    message = draft(mailbox, owner=str(writer.pk), object_type="customers.customer", object_id=str(buyer))
    sent(message)
    before = Event.objects.order_by("-seq").values_list("seq", flat=True).first()
    made = mail_take(report(message, ("ada@mill.example", "failed", "5.1.1")), mailbox)
    message.refresh_from_db()
    assert message.state == "bounced"
    assert "550 ada@mill.example is unknown here" in message.error
    assert Suppression.objects.get(address="ada@mill.example").reason == "bounced"
    assert Message.objects.get(pk=made).thread_id == message.thread_id
    notices_hear(list(Event.objects.filter(seq__gt=before).values()))
    told = Notification.objects.get(user=writer, kind="mail")
    assert "Tea" in told.text
    again = draft(mailbox)
    message_send(again, actor=SYSTEM)
    mail_send(again.pk)
    again.refresh_from_db()
    assert again.state == "failed"


@pytest.mark.parametrize(
    ("failure", "state", "suppressed"),
    [
        (("ada@mill.example", "failed", "4.2.2"), "bounced", 0),  # the mailbox is full: another day it is not
        (("ada@mill.example", "delayed", "4.4.1"), "sent", 0),
        (("somebody@else.example", "failed", "5.1.1"), "sent", 0),  # was never written to
    ],
)
def test_a_report_is_believed_of_mail_that_we_sent_there(
    mailbox: Mailbox, failure: tuple[str, str, str], state: str, suppressed: int
) -> None:
    message = draft(mailbox)
    sent(message)
    mail_take(report(message, failure), mailbox)
    message.refresh_from_db()
    stopped = Suppression.objects.filter(reason="bounced", address__in=["ada@mill.example", failure[0]])
    assert (message.state, stopped.count()) == (state, suppressed)


def test_a_report_about_mail_of_others_changes_nothing(mailbox: Mailbox) -> None:
    message = draft(mailbox)
    message.message_id = "<never@sent.example>"
    before = Suppression.objects.count()
    mail_take(report(message, ("ada@mill.example", "failed", "5.1.1")), mailbox)
    message.refresh_from_db()
    assert (message.state, Suppression.objects.count()) == ("draft", before)


def test_whoever_withdrew_their_consent_is_sent_nothing(mailbox: Mailbox, outbox: Outbox, buyer: UUID) -> None:
    inputs = {"purpose": "service", "channel": "any"}
    verb_run(CustomerResource(), "withdraw", buyer, actor=SYSTEM, inputs=inputs)
    message = draft(mailbox)
    sent(message)
    assert (message.state, outbox.taken) == ("failed", [])
    assert "withdrew their consent" in message.error
    agreed = {"purpose": "service", "channel": "email", "basis": "consent"}
    verb_run(CustomerResource(), "consent", buyer, actor=SYSTEM, inputs=agreed)
    assert sent(draft(mailbox)) == "sent"


def test_files_travel_with_a_mail_that_is_written_on_the_page(
    mailbox: Mailbox, outbox: Outbox, buyer: UUID, client_for: Any
) -> None:
    client = client_for("owner")
    assert 'name="files"' in client.get(f"/customers/{buyer}/note/?noun={LABEL}").content.decode()
    values = {
        "noun": LABEL, "subject": "Offer", "to": "ada@mill.example", "bcc": "chef@leaf.example", "text": "See below.",
        "files": [SimpleUploadedFile("offer.txt", b"ten euros"), SimpleUploadedFile("价目表.txt", b"eleven")],
    }  # fmt: skip
    answer = client.post(f"/customers/{buyer}/note/", values, headers={"HX-Request": "true"})
    assert answer.status_code == 200, answer.content
    message = Message.objects.get(subject="Offer")
    assert message.bcc == ["chef@leaf.example"]
    kept = {file.name: b"".join(content_read(file)) for file in files_of(LABEL, [message.pk], SYSTEM)}
    assert kept == {"offer.txt": b"ten euros", "价目表.txt": b"eleven"}
    assert mail_send(message.pk) == "sent"
    mime = message_from_bytes(outbox.taken[0][1], policy=policy.default)
    assert {part.get_filename() for part in mime.iter_attachments()} == {"offer.txt", "价目表.txt"}


def test_a_mail_that_we_sent_is_a_follow_up_and_one_that_came_is_none(mailbox: Mailbox, buyer: UUID) -> None:
    message = draft(mailbox, object_type="customers.customer", object_id=str(buyer))
    follow_ups_count("customers.customer", [buyer])
    assert Customer.objects.get(pk=buyer).last_follow_up_at is None
    sent(message)
    follow_ups_count("customers.customer", [buyer])
    assert Customer.objects.get(pk=buyer).last_follow_up_at == message.sent_at


def test_the_form_of_a_note_offers_colleagues_and_that_of_a_mail_does_not(
    mailbox: Mailbox, buyer: UUID, client_for: Any
) -> None:
    client = client_for("owner")
    note = client.get(f"/customers/{buyer}/note/?noun=activities.note").content.decode()
    assert 'data-mentions="/choose/team.user/"' in note
    assert "data-mentions" not in client.get(f"/customers/{buyer}/note/?noun={LABEL}").content.decode()
