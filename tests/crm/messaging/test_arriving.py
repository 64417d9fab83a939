"""Mail that arrives: out of order, twice, hostile; one thread, each message once, nothing lost in silence."""

from __future__ import annotations

import base64
import random
from collections.abc import Sequence
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import pytest
from django.urls import reverse

from crm.activities.files import content_read, files_of
from crm.core.actors import SYSTEM
from crm.core.models import Event
from crm.core.services import record_save
from crm.customers.models import Contact, Customer
from crm.messaging import arriving
from crm.messaging.arriving import mail_take, mailbox_poll
from crm.messaging.models import Mailbox, Message, Thread
from crm.messaging.secrets import inbound_token
from tests.crm.messaging.servers import USER, Inbox

LABEL = "messaging.message"


def letter(
    number: int, sender: str, to: str, *, answers: Sequence[int] = (), text: str = "", **more: str
) -> EmailMessage:
    """A message of a thread, with the headers that mail programs write."""
    mime = EmailMessage()
    mime["Message-ID"] = f"<m{number}@mill.example>"
    mime["From"], mime["To"] = sender, to
    mime["Subject"] = more.get("subject", "Re: Tea" if answers else "Tea")
    mime["Date"] = f"Mon, {number:02} Jun 2026 10:00:00 +0800"
    if "cc" in more:
        mime["Cc"] = more["cc"]
    if answers:
        mime["In-Reply-To"] = f"<m{answers[-1]}@mill.example>"
        mime["References"] = " ".join(f"<m{one}@mill.example>" for one in answers)
    mime.set_content(text or f"Words {number}")
    return mime


def taken(raw: bytes, mailbox: Mailbox) -> Message:
    made = mail_take(raw, mailbox)
    assert made is not None
    return Message.objects.get(pk=made)


@pytest.fixture
def buyer(tenant: Any) -> UUID:
    """A customer who writes."""
    return record_save(Customer, {"name": "Mill", "email": "Ada@mill.example"}, actor=SYSTEM)


def test_a_thread_of_three_arrives_out_of_order_and_twice_and_is_one(
    mailbox: Mailbox, inbox: Inbox, buyer: UUID, client_for: Any
) -> None:
    contact = record_save(Contact, {"name": "Bo", "customer": str(buyer), "email": "bo@leaf.example"}, actor=SYSTEM)
    ada, bo = "Ada Byron <ada@mill.example>", "Bo <bo@leaf.example>"
    letters = [
        letter(1, ada, USER, cc=bo),
        letter(2, bo, f"{ada}, {USER}", answers=[1]),
        letter(3, f"Shop <{USER}>", f"{ada}, {bo}", answers=[1, 2]),
        letter(4, ada, f"{USER}, {bo}", answers=[1, 2, 3]),
        letter(5, bo, USER, answers=[4]),  # a program that names only what it answers
    ]
    order = [letters[at] for at in (4, 2, 0, 3, 1)]
    for one in [*order, *random.Random(5).sample(letters, 5)]:
        inbox.put(one.as_bytes().replace(b"\n", b"\r\n"))
    assert mailbox_poll(mailbox.pk) == 5
    thread = Thread.objects.get(subject__contains="Tea", deleted_at=None, messages_count=5)
    assert Thread.objects.filter(messages__message_id__contains="@mill.example").distinct().count() == 1
    rows = list(Message.objects.filter(thread=thread).order_by("sent_at"))
    assert [row.message_id for row in rows] == [f"<m{n}@mill.example>" for n in range(1, 6)]
    assert [row.direction for row in rows] == ["in", "in", "out", "in", "in"]
    assert rows[3].references == [f"<m{n}@mill.example>" for n in (1, 2, 3)]
    assert (thread.state, thread.last_at) == ("waiting", rows[4].sent_at)
    assert rows[0].object_id == buyer
    for slug, pk, answers in (("customers", buyer, 3), ("contacts", contact, 4)):
        page = client_for("owner").get(f"/{slug}/{pk}/tab/timeline/?kind={LABEL}").content.decode()
        assert page.count("Re: Tea") == answers, slug
    mailbox.refresh_from_db()
    assert (mailbox.uid_last, mailbox.uid_validity, mailbox.state) == (10, 7, "working")
    assert mailbox_poll(mailbox.pk) == 0
    inbox.validity = 8  # the server counts anew: everything is looked at again, nothing is kept twice
    assert mailbox_poll(mailbox.pk) == 0
    assert Message.objects.filter(thread=thread).count() == 5
    assert not any("STORE" in one or "SELECT" in one for one in inbox.commands)


def test_two_threads_that_a_message_ties_together_become_one(mailbox: Mailbox) -> None:
    first = taken(letter(1, "a@mill.example", USER, subject="One").as_bytes(), mailbox)
    second = taken(letter(2, "a@mill.example", USER, subject="Two").as_bytes(), mailbox)
    assert first.thread_id != second.thread_id
    taken(letter(3, "a@mill.example", USER, answers=[1, 2]).as_bytes(), mailbox)
    second.refresh_from_db()
    assert first.thread_id == second.thread_id
    assert Thread.objects.get(pk=first.thread_id).messages_count == 3


def test_a_file_of_the_largest_size_is_kept_and_a_larger_one_is_refused_with_a_word(
    mailbox: Mailbox, inbox: Inbox, settings: Any
) -> None:
    data = random.Random(1).randbytes(25 << 20)
    mime = letter(1, "ada@mill.example", USER)
    mime.add_attachment(data, maintype="application", subtype="zip", filename="big.zip")
    inbox.put(mime.as_bytes().replace(b"\n", b"\r\n"))
    assert mailbox_poll(mailbox.pk) == 1
    message = Message.objects.get(message_id="<m1@mill.example>")
    (file,) = files_of(LABEL, [message.pk], SYSTEM)
    assert (file.name, file.size, message.error) == ("big.zip", 25 << 20, "")
    assert b"".join(content_read(file)) == data
    settings.FILE_MOST_BYTES = 1 << 20
    mime = letter(2, "ada@mill.example", USER)
    mime.add_attachment(data[: 2 << 20], maintype="application", subtype="zip", filename="big.zip")
    message = taken(mime.as_bytes(), mailbox)
    assert message.text.strip() == "Words 2"
    assert "big.zip" in message.error
    assert "1 MB" in message.error
    assert files_of(LABEL, [message.pk], SYSTEM) == []


def test_a_message_too_large_to_fetch_leaves_its_head_and_a_word(mailbox: Mailbox, inbox: Inbox) -> None:
    inbox.put(letter(1, "ada@mill.example", USER).as_bytes().replace(b"\n", b"\r\n"))
    inbox.claimed[1] = 60 << 20
    assert mailbox_poll(mailbox.pk) == 1
    message = Message.objects.get(message_id="<m1@mill.example>")
    assert (message.subject, message.text) == ("Tea", "")
    assert "60 MB" in message.error


def test_a_winmail_file_is_kept_as_a_download(mailbox: Mailbox, client_for: Any) -> None:
    mime = letter(1, "ada@mill.example", USER)
    mime.add_attachment(
        b"\x78\x9f\x3e\x22" + b"tnef" * 50, maintype="application", subtype="ms-tnef", filename="../../winmail.dat"
    )
    message = taken(mime.as_bytes(), mailbox)
    (file,) = files_of(LABEL, [message.pk], SYSTEM)
    assert (file.name, file.content_type) == ("winmail.dat", "application/ms-tnef")
    answer = client_for("owner").get(f"/files/{file.pk}/content/")
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert b"".join(answer.streaming_content)[:4] == b"\x78\x9f\x3e\x22"


def test_nothing_in_a_page_acts_or_is_loaded(mailbox: Mailbox, client_for: Any) -> None:
    evil = (
        '<style>p{background:url(http://spy.example/)}</style><p onclick="x()" style="position:fixed">Dear <b>you</b>'
        '<img src="http://spy.example/dot.gif"><script>steal()</script><iframe src="//spy.example"></iframe>'
        '<a href="javascript:steal()">one</a><a href="https://mill.example/">two</a><form action="/x"><input></form>'
        '<svg><script>steal()</script></svg><base href="//spy.example"><meta http-equiv=refresh content=0>'
    )
    mime = letter(1, "ada@mill.example", USER)
    mime.add_alternative(evil, subtype="html")
    message = taken(mime.as_bytes(), mailbox)
    page = client_for("owner").get(f"/messages/{message.pk}/panel/").content.decode()
    body = page.partition('class="mail-body">')[2].partition("</li>")[0]
    for word in ("spy.example", "steal", "style", "onclick", "<form", "<input", "javascript", "<meta", "<base", "<svg"):
        assert word not in body, word
    assert "<b>you</b>" in body
    assert 'rel="noopener noreferrer nofollow"' in body
    Message.objects.filter(pk=message.pk).update(html="<p>ok</p><script>steal()</script>")  # whoever wrote it there
    assert "steal" not in client_for("owner").get(f"/messages/{message.pk}/panel/").content.decode()


@pytest.mark.parametrize("bomb", ["<div>" * 300_000, "<table><tr><td>" * 30_000, "x" * (3 << 20) + "<b>"])
def test_a_bomb_of_a_page_is_kept_as_a_file_and_not_shown(mailbox: Mailbox, bomb: str) -> None:
    mime = EmailMessage()
    mime["From"], mime["To"], mime["Message-ID"] = "ada@mill.example", USER, "<bomb@mill.example>"
    mime.set_content(bomb, subtype="html")
    message = taken(mime.as_bytes(), mailbox)
    assert (message.html, message.text) == ("", "")
    assert "too large" in message.error
    assert [file.name for file in files_of(LABEL, [message.pk], SYSTEM)] == ["message.html"]


def nested(depth: int) -> bytes:
    """Parts in parts in parts."""
    head = b"From: ada@mill.example\nMessage-ID: <deep@mill.example>\nSubject: Deep\n"
    body = b"Content-Type: text/plain\n\nDown here\n"
    for at in range(depth):
        mark = b"b%d" % at
        kind = b'Content-Type: multipart/mixed; boundary="' + mark + b'"\n\n'
        body = kind + b"--" + mark + b"\n" + body + b"\n--" + mark + b"--\n"
    return head + body


@pytest.mark.parametrize("depth", [5, 60, 2000])
def test_parts_that_lie_too_deep_are_left_out_with_a_word(mailbox: Mailbox, depth: int) -> None:
    message = taken(nested(depth), mailbox)
    assert message.subject == "Deep"
    assert bool(message.error) == (depth > 5)
    assert ("Down here" in message.text) == (depth == 5)


ODD = {
    "charset that is none": b"Content-Type: text/plain; charset=klingon\n\nWords",
    "charset that lies": b"Content-Type: text/plain; charset=us-ascii\n\n" + "茶叶".encode("gb18030"),
    "no type": b"Content-Type: \n\nWords",
    "broken base64": b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\nab=c=$$",
    "header of bytes": b"Subject: =?utf-8?b?//8=?= \xff\xfe\n\nWords",
    "null": b"Subject: a\x00b\n\nWo\x00rds",
    "odd parameters": b"Content-Type: multipart/mixed; boundary*0=\"a; boundary*1*=utf-9''b\n\n--a\n\nx",
    "odd name": b"Content-Type: application/x; name*=bogus'x'%ff%00%2e%2e%2f\nContent-Disposition: attachment\n\nx",
    "no end": b"Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: text/plain\n\nWords",
    "people without end": b"To: " + b", ".join(b"p%d@mill.example" % n for n in range(5000)) + b"\n\nWords",
    "nothing": b"",
    "date of a fool": b"Date: Mon, 99 Foo 99999 99:99:99 +9999\n\nWords",
    "group": b"To: undisclosed-recipients:;\nReferences: <<>>\n <x> <\n\nWords",
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_message_is_kept(name: str, mailbox: Mailbox) -> None:
    raw = b"From: =?x-unknown?q?Ad=E4?= <ada@mill.example>\n" + ODD[name]
    message = taken(raw, mailbox)
    assert message.message_id
    assert message.addresses[0] == "ada@mill.example"
    assert len(message.to) <= 200
    assert mail_take(raw, mailbox) is None  # without an id of its own it is known by its bytes


def test_noise_is_taken_or_refused_and_never_breaks(mailbox: Mailbox) -> None:
    source = letter(1, "ada@mill.example", USER).as_bytes() + base64.b64encode(b"x" * 500)
    dice = random.Random(11)
    for _turn in range(150):
        raw = bytearray(source)
        for _bite in range(dice.randint(1, 40)):
            raw[dice.randrange(len(raw))] = dice.randrange(256)
        mail_take(bytes(raw), mailbox)


def test_a_mailbox_may_keep_only_mail_with_people_who_are_known(mailbox: Mailbox, buyer: UUID) -> None:
    mailbox.keeps = Mailbox.Keeps.KNOWN
    assert mail_take(letter(1, "stranger@far.example", USER).as_bytes(), mailbox) is None
    assert mail_take(letter(2, "ada@mill.example", USER).as_bytes(), mailbox) is not None


def test_a_stranger_is_offered_as_a_new_lead(mailbox: Mailbox, client_for: Any, buyer: UUID) -> None:
    unknown = taken(letter(1, "Grace Hopper <grace@navy.example>", USER).as_bytes(), mailbox)
    page = client_for("member").get(f"/messages/{unknown.pk}/panel/").content.decode()
    assert "/leads/new/?name=Grace+Hopper&amp;email=grace%40navy.example" in page
    known = taken(letter(2, "ada@mill.example", USER).as_bytes(), mailbox)
    assert "/leads/new/" not in client_for("member").get(f"/messages/{known.pk}/panel/").content.decode()


def test_mail_is_forwarded_to_an_address_that_proves_itself(mailbox: Mailbox, client_for: Any, clone: Any) -> None:
    client = client_for("owner")
    client.logout()
    path = reverse("ui:mail-inbound", args=[mailbox.pk, inbound_token(mailbox)], urlconf="config.urls")
    raw = letter(1, "ada@mill.example", USER).as_bytes()
    answer = client.post(path, raw, content_type="message/rfc822")
    assert answer.status_code == 200, answer.content
    assert Message.objects.filter(pk=answer.json()["message"], message_id="<m1@mill.example>").exists()
    assert client.post(path, raw, content_type="message/rfc822").json() == {"message": None}
    count = Message.objects.count()
    for wrong in (path[:-4] + "000/", path.replace(str(mailbox.pk), str(UUID(int=1)))):
        assert client.post(wrong, raw.replace(b"m1@", b"m9@"), content_type="message/rfc822").status_code == 404
    assert client.get(path).status_code == 405
    assert Message.objects.count() == count


def test_wrong_passwords_and_folders_are_told_in_words(mailbox: Mailbox, inbox: Inbox, settings: Any) -> None:
    record_save(Mailbox, {"imap_folder": "Nowhere"}, actor=SYSTEM, id=mailbox.pk)
    assert mailbox_poll(mailbox.pk) == 0
    mailbox.refresh_from_db()
    assert (mailbox.state, mailbox.error) == ("failing", "There is no folder of this name.")
    record_save(Mailbox, {"username": "someone-else"}, actor=SYSTEM, id=mailbox.pk)
    mailbox_poll(mailbox.pk)
    mailbox.refresh_from_db()
    assert "give its password again" in mailbox.error  # it was sealed for another name
    settings.OUTBOUND_PRIVATE_NETWORKS = []
    record_save(Mailbox, {"username": ""}, actor=SYSTEM, id=mailbox.pk)
    inbox.commands.clear()
    mailbox_poll(mailbox.pk)
    mailbox.refresh_from_db()
    assert "not on the public internet" in mailbox.error
    assert inbox.commands == []


def test_of_a_full_mailbox_the_latest_messages_are_fetched_and_then_what_is_new(
    mailbox: Mailbox, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arriving, "MOST_EARLIER", 2)
    for n in (1, 2, 3):
        inbox.put(letter(n, "ada@mill.example", USER).as_bytes())
    assert mailbox_poll(mailbox.pk) == 2
    assert not Message.objects.filter(message_id="<m1@mill.example>").exists()
    inbox.put(letter(4, "ada@mill.example", USER).as_bytes())
    assert mailbox_poll(mailbox.pk) == 1
    (thread,) = Thread.objects.filter(messages__message_id="<m4@mill.example>")
    told = list(Event.objects.filter(object_id=thread.pk).order_by("seq").values_list("name", flat=True))
    assert told == ["messaging.thread.created", "messaging.thread.changed"]  # it waits for us; counting is no change
    assert thread.messages_count == 1


def test_a_mailbox_tells_each_of_its_messages_once(mailbox: Mailbox, buyer: UUID, client_for: Any) -> None:
    taken(letter(1, "ada@mill.example", mailbox.address, subject="One of a kind").as_bytes(), mailbox)
    page = client_for("owner").get(f"/mailboxes/{mailbox.pk}/tab/timeline/", HTTP_HX_REQUEST="true").content.decode()
    assert page.count(f'href="/messages/{Message.objects.get(subject="One of a kind").pk}/"') == 1


@pytest.mark.parametrize(
    ("charset", "subject", "name"),
    [("utf-8", "茶叶报价", "王芳"), ("gbk", "茶叶报价", "王芳"), ("cp1252", "Grüße aus Köln", "Jürgen")],
)
def test_bytes_in_a_head_that_no_word_encodes_are_read(mailbox: Mailbox, charset: str, subject: str, name: str) -> None:
    head = f"From: {name} <wf@tea.example>\r\nTo: {mailbox.address}\r\nSubject: {subject}\r\nMessage-ID: <8@t.example>"
    found = taken(head.encode(charset) + b"\r\n\r\nHello\r\n", mailbox)
    assert (found.subject, found.sender) == (subject, f"{name} <wf@tea.example>")


@pytest.mark.parametrize("raw", [b"garbage", b"\x00" * 4096, b"{\"subject\": \"x\"}"], ids=["words", "zeros", "json"])
def test_what_is_no_mail_is_refused_by_the_forwarding_address(mailbox: Mailbox, client_for: Any, raw: bytes) -> None:
    client = client_for("owner")
    client.logout()
    address = reverse("ui:mail-inbound", args=[mailbox.pk, inbound_token(mailbox)], urlconf="config.urls")
    before = Message.objects.count()
    refused = client.post(address, raw, content_type="message/rfc822")
    assert (refused.status_code, refused.json()["code"], Message.objects.count()) == (422, "not_a_message", before)
    letter_sent = b"From: wf@tea.example\r\nMessage-ID: <9@t.example>\r\n\r\nHello"
    taken_in = client.post(address, letter_sent, content_type="message/rfc822")
    assert (taken_in.status_code, Message.objects.count()) == (200, before + 1)
