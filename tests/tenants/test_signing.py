"""Signatures: for one purpose, in one tenant, for a while."""
import pytest

from tenants import signing
from tenants.context import inside
from tenants.models import Tenant


def test_a_signed_value_comes_back(tenant: Tenant) -> None:
    for value in ("text", 7, ["a", 1], {"pk": "x"}, None):
        assert signing.unsign(signing.sign(value, purpose="link"), purpose="link", max_age=60) == value


def test_a_purpose_is_not_another(tenant: Tenant) -> None:
    text = signing.sign("x", purpose="invitation")
    with pytest.raises(signing.BadSignature):
        signing.unsign(text, purpose="reset")


def test_it_grows_old(tenant: Tenant) -> None:
    text = signing.sign("x", purpose="link")
    with pytest.raises(signing.SignatureExpired):
        signing.unsign(text, purpose="link", max_age=-1)


@pytest.mark.parametrize("text", ["", ":", "a:b:c", "\x00", "x" * 5000, "…:…:…"])
def test_nonsense_is_refused(tenant: Tenant, text: str) -> None:
    with pytest.raises(signing.BadSignature):
        signing.unsign(text, purpose="link")


def test_a_fingerprint_is_good_in_one_tenant(tenant: Tenant, clone: Tenant) -> None:
    mine = signing.keyed_digest("kith_secret", purpose="api-key")
    assert mine == signing.keyed_digest("kith_secret", purpose="api-key")
    assert mine != signing.keyed_digest("kith_secret", purpose="other")
    with inside(clone):
        assert signing.keyed_digest("kith_secret", purpose="api-key") != mine
