"""Mail that goes out: once, with the right headers, and never to whom it is withheld from."""

from __future__ import annotations

import json
from email import message_from_bytes, policy
from typing import Any
from uuid import UUID

import pytest

from crm.activities.files import file_take
from crm.core.actors import SYSTEM, Actor
from crm.core.errors import CrmError
from crm.core.services import record_save
from crm.customers.models import Customer
from crm.messaging.arriving import mail_take
from crm.messaging.models import Mailbox, MailboxSecret, Message, Suppression, Template
from crm.messaging.sending import mail_send
from crm.messaging.services import mailbox_connect, message_retry, message_send
from crm.messaging.tasks import mailbox_check
from crm.team.models import User
from tenants.models import Outbox as Waiting
from tests.crm.messaging.servers import PASSWORD, USER, Inbox, Outbox
from tests.crm.messaging.test_arriving import letter


@pytest.fixture
def buyer(tenant: Any) -> UUID:
    """A customer to write to."""
    return record_save(Customer, {"name": "Mill", "email": "ada@mill.example"}, actor=SYSTEM)


def draft(mailbox: Mailbox, **values: Any) -> Message:
    given = {"subject": "Tea", "to": ["Ada <ada@mill.example>"], "text": "Dear Ada", "mailbox": str(mailbox.pk)}
    return Message.objects.get(pk=record_save(Message, given | values, actor=SYSTEM))


def sent(message: Message) -> str:
    """Send it as the worker does."""
    message_send(message, actor=SYSTEM)
    state = mail_send(message.pk)
    message.refresh_from_db()
    return state


def read(outbox: Outbox) -> Any:
    """The last message that the server took."""
    return message_from_bytes(outbox.taken[-1][1], policy=policy.default)


def test_a_message_is_sent_once_however_often_the_task_comes(mailbox: Mailbox, outbox: Outbox, buyer: UUID) -> None:
    message = draft(mailbox, object_type="customers.customer", object_id=str(buyer), cc=["bo@leaf.example"])
    assert sent(message) == "sent"
    assert [mail_send(message.pk) for _again in range(3)] == ["", "", ""]
    assert len(outbox.taken) == 1
    people, _content = outbox.taken[0]
    assert people == ["ada@mill.example", "bo@leaf.example"]
    mime = read(outbox)
    assert mime["Message-ID"] == message.message_id
    assert mime["From"] == f"Shop <{USER}>"
    assert mime.get_content().strip() == "Dear Ada"
    assert message.thread is not None
    assert (message.thread.object_id, message.thread.messages_count, message.thread.state) == (buyer, 1, "answered")
    assert mail_take(outbox.taken[0][1], mailbox) is None  # its copy that comes back is known


def test_an_answer_keeps_thread_and_headers_and_quotes(
    mailbox: Mailbox, outbox: Outbox, buyer: UUID, client_for: Any
) -> None:
    first = mail_take(letter(1, "Ada <ada@mill.example>", USER, cc="bo@leaf.example").as_bytes(), mailbox)
    asked = mail_take(letter(2, "Ada <ada@mill.example>", USER, answers=[1], text="How much?").as_bytes(), mailbox)
    client = client_for("owner")
    form = client.get(f"/messages/{asked}/note/").content.decode()
    assert "Re: Tea" in form
    assert "&gt; How much?" in form
    assert "The shop" in form
    values = {"noun": "messaging.message", "subject": "Re: Tea", "to": "Ada <ada@mill.example>", "text": "Nine euros."}
    answer = client.post(f"/messages/{asked}/note/", values, headers={"HX-Request": "true"})
    assert answer.status_code == 200, answer.content
    message = Message.objects.get(text="Nine euros.")
    assert mail_send(message.pk) == "sent"
    message.refresh_from_db()
    assert message.thread_id == Message.objects.get(pk=first).thread_id
    assert message.object_id == buyer
    mime = read(outbox)
    assert mime["In-Reply-To"] == "<m2@mill.example>"
    assert mime["References"] == "<m1@mill.example> <m2@mill.example>"
    back = letter(3, "Ada <ada@mill.example>", USER, text="Fine.")
    back["In-Reply-To"] = message.message_id
    answered = Message.objects.get(pk=mail_take(back.as_bytes(), mailbox))
    assert answered.thread_id == message.thread_id


def test_who_wants_no_mail_gets_none_even_if_they_say_so_meanwhile(mailbox: Mailbox, outbox: Outbox) -> None:
    message = draft(mailbox)
    message_send(message, actor=SYSTEM)
    record_save(Suppression, {"address": "ADA@mill.example"}, actor=SYSTEM)
    assert mail_send(message.pk) == ""
    message.refresh_from_db()
    assert message.state == "failed"
    assert "ada@mill.example is to get no mail" in message.error
    assert outbox.taken == []
    Suppression.objects.filter(address="ada@mill.example").delete()
    message_retry(message, actor=SYSTEM)
    assert mail_send(message.pk) == "sent"


def withheld_for_test(addresses: list[str]) -> dict[str, str]:
    """A further voice in who is sent nothing."""
    return {one: f"{one} has agreed to nothing." for one in addresses}


def test_a_further_voice_is_asked_in_the_same_way(mailbox: Mailbox, outbox: Outbox, settings: Any) -> None:
    settings.MAIL_WITHHELD = [*settings.MAIL_WITHHELD, "tests.crm.messaging.test_sending.withheld_for_test"]
    message = draft(mailbox)
    sent(message)
    assert (message.state, outbox.taken) == ("failed", [])
    assert "has agreed to nothing" in message.error


def test_a_server_that_is_busy_is_asked_again_and_one_that_refuses_is_not(mailbox: Mailbox, outbox: Outbox) -> None:
    busy = draft(mailbox)
    outbox.answers["ada@mill.example"] = "451 later"
    before = Waiting.objects.filter(task="messaging.tasks.mail_send").count()
    assert sent(busy) == "queued"
    assert "451" in busy.error
    assert Waiting.objects.filter(task="messaging.tasks.mail_send").count() == before + 2
    del outbox.answers["ada@mill.example"]
    assert mail_send(busy.pk) == "sent"
    outbox.answers["ada@mill.example"] = "550 unknown user"
    refused = draft(mailbox)
    assert sent(refused) == "failed"
    assert "550 unknown user" in refused.error
    partly = draft(mailbox, cc=["bo@leaf.example"])
    assert sent(partly) == "sent"
    assert "ada@mill.example: 550" in partly.error
    outbox.data = "554 spam"
    outbox.answers.clear()
    spam = draft(mailbox)
    assert sent(spam) == "failed"
    assert "554 spam" in spam.error


def test_a_message_that_a_worker_died_over_is_not_sent_again_by_itself(mailbox: Mailbox, outbox: Outbox) -> None:
    message = draft(mailbox)
    message_send(message, actor=SYSTEM)
    Message.objects.filter(pk=message.pk).update(state="sending")
    mail_send(message.pk)
    message.refresh_from_db()
    assert message.state == "failed"
    assert "nobody knows" in message.error
    assert outbox.taken == []


def test_the_password_is_sealed_for_its_servers_and_never_told(
    mailbox: Mailbox, inbox: Inbox, outbox: Outbox, key_client: Any, client_for: Any
) -> None:
    client, page = key_client("owner"), client_for("owner")
    assert 'type="password"' in page.get(f"/mailboxes/{mailbox.pk}/connect/").content.decode()
    answer = client.post(
        f"/api/v1/mailboxes/{mailbox.pk}/connect", json.dumps({"password": PASSWORD}), content_type="application/json"
    )
    assert answer.status_code == 200, answer.content
    mailbox.refresh_from_db()
    panel = f"/mailboxes/{mailbox.pk}/panel/?version={mailbox.version}"
    assert "HX-Refresh" not in page.get(panel).headers
    record_save(Mailbox, {"imap_folder": "Nowhere"}, actor=SYSTEM, id=mailbox.pk)
    assert mailbox_check(str(mailbox.pk)) == "failing"  # it sends, and cannot fetch
    mailbox.refresh_from_db()
    assert mailbox.error == "IMAP: There is no folder of this name."
    assert 'ID ("name" "Kith")' in inbox.commands
    assert "HX-Refresh" in page.get(panel).headers  # what the servers said stands in the whole page
    record_save(Mailbox, {"imap_folder": "INBOX"}, actor=SYSTEM, id=mailbox.pk)
    assert mailbox_check(str(mailbox.pk)) == "working"
    told = "".join(client.get(f"/api/v1/{path}").content.decode() for path in (f"mailboxes/{mailbox.pk}", "events"))
    assert PASSWORD not in told
    assert PASSWORD not in MailboxSecret.objects.get(mailbox=mailbox).sealed
    record_save(Mailbox, {"smtp_host": "127.0.0.2"}, actor=SYSTEM, id=mailbox.pk)
    assert mailbox_check(str(mailbox.pk)) == "failing"
    mailbox.refresh_from_db()
    assert "give its password again" in mailbox.error
    mailbox_connect(mailbox, actor=SYSTEM, password="wrong")
    record_save(Mailbox, {"smtp_host": "127.0.0.1"}, actor=SYSTEM, id=mailbox.pk)
    mailbox_connect(mailbox, actor=SYSTEM, password="wrong")
    assert mailbox_check(str(mailbox.pk)) == "failing"
    mailbox.refresh_from_db()
    assert "does not take" in mailbox.error


def test_nobody_sends_from_somebody_elses_own_mailbox(mailbox: Mailbox, outbox: Outbox) -> None:
    owner, member = (User.objects.get(email=f"{role}@kith.test") for role in ("owner", "member"))
    record_save(Mailbox, {"is_shared": False, "owner": str(owner.pk)}, actor=SYSTEM, id=mailbox.pk)
    message, rights = draft(mailbox), frozenset({"*"})
    with pytest.raises(CrmError) as refused:
        message_send(message, actor=Actor("user", member.pk, rights))
    assert refused.value.status == 403
    message.refresh_from_db()
    assert message.state == "draft"
    message_send(message, actor=Actor("user", owner.pk, rights))
    with pytest.raises(CrmError):
        record_save(Message, {"text": "Other words"}, actor=SYSTEM, id=message.pk)


def test_a_template_fills_in_fields_and_nothing_else(mailbox: Mailbox, buyer: UUID, client_for: Any) -> None:
    words = {"name": "Thanks", "subject": "For {name}", "text": "Dear {name}, {{7*7}} {% now %} {email}"}
    template = record_save(Template, words, actor=SYSTEM)
    about = {"object_type": "customers.customer", "object_id": str(buyer)}
    message = draft(mailbox, subject="", text="", template=str(template), **about)
    assert message.subject == "For Mill"
    assert message.text == "Dear Mill, {{7*7}} {% now %} ada@mill.example"
    form = client_for("owner").get(f"/customers/{buyer}/note/?noun=messaging.message&template={template}")
    assert "For Mill" in form.content.decode()
    with pytest.raises(CrmError):
        record_save(Template, {"text": "{password}"}, actor=SYSTEM, id=template)


@pytest.mark.parametrize("entry", ["nobody", "a@b", "a@b.example\nBcc: x@y.example", "<>"])
def test_what_is_no_address_is_refused(entry: str, mailbox: Mailbox) -> None:
    count = Message.objects.count()
    with pytest.raises(CrmError):
        draft(mailbox, to=[entry])
    assert Message.objects.count() == count


def test_headers_cannot_be_smuggled_in_and_files_travel_along(mailbox: Mailbox, outbox: Outbox, tmp_path: Any) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(b"tea,9\n")
    message = draft(mailbox, subject="Tea\r\nBcc: spy@far.example", to=["陈 <ada@mill.example>"])
    with path.open("rb") as stream:
        file_take("清单.csv", stream, ("messaging.message", message.pk), actor=SYSTEM)
    assert sent(message) == "sent"
    mime = read(outbox)
    assert outbox.taken[-1][0] == ["ada@mill.example"]
    assert mime["Bcc"] is None
    (attached,) = mime.iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == ("清单.csv", b"tea,9\n")
