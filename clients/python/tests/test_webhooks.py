"""Deliveries: genuine ones are read, others refused. The example is that of the Standard Webhooks specification."""

from __future__ import annotations

import pytest

from kith_client import NotGenuine, verify

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # the specification's own
BODY = b'{"test": 2432232314}'
AT = 1614265330
HEADERS = {
    "Webhook-Id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "Webhook-Timestamp": str(AT),
    "Webhook-Signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}


def test_a_genuine_delivery_is_read() -> None:
    assert verify(SECRET, HEADERS, BODY, now=AT + 10) == {"test": 2432232314}


def test_while_a_secret_is_changed_one_of_two_signatures_is_enough() -> None:
    both = {**HEADERS, "Webhook-Signature": f"v1,AAAA {HEADERS['Webhook-Signature']}"}
    assert verify(SECRET, both, BODY, now=AT) == {"test": 2432232314}


@pytest.mark.parametrize(
    ("headers", "body", "now"),
    [
        (HEADERS, BODY + b" ", AT),
        (HEADERS, BODY, AT + 301),
        ({**HEADERS, "Webhook-Id": "msg_other"}, BODY, AT),
        ({**HEADERS, "Webhook-Timestamp": "soon"}, BODY, AT),
        ({**HEADERS, "Webhook-Signature": "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}, BODY, AT),
        ({}, BODY, AT),
    ],
    ids=["changed body", "too old", "other id", "no moment", "unknown version", "no headers"],
)
def test_anything_else_is_refused(headers: dict[str, str], body: bytes, now: float) -> None:
    with pytest.raises(NotGenuine):
        verify(SECRET, headers, body, now=now)
