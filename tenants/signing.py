"""Every signature carries the schema: what one tenant signed is nonsense in another, even in its clone."""
import base64
import hashlib
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core import signing
from django.utils.crypto import salted_hmac

from tenants.standing import schema_here

BadSignature, SignatureExpired = signing.BadSignature, signing.SignatureExpired


def salt_here(purpose: str) -> str:
    """The purpose and the schema the connection stands in at this moment."""
    return f"kith.{purpose}.{schema_here()}"


def sign(value: Any, *, purpose: str) -> str:
    """A JSON value as text that `unsign` gives back, with the time it was signed."""
    return signing.dumps(value, salt=salt_here(purpose), compress=True)


def unsign(text: str, *, purpose: str, max_age: int | None = None) -> Any:
    """The value, if it was signed here for this purpose within `max_age` seconds; else BadSignature."""
    return signing.loads(text, salt=salt_here(purpose), max_age=max_age)


def keyed_digest(value: str, *, purpose: str) -> str:
    """A one-way fingerprint of a secret, of use in this schema only: what API keys and invitations are stored as."""
    return salted_hmac(salt_here(purpose), value, algorithm="sha256").hexdigest()


def sealed(text: str, *, purpose: str, bound: str) -> str:
    """A secret that must be had again in plain, for this schema and what it is bound to only (AES-256-GCM)."""
    nonce = os.urandom(12)
    return base64.b64encode(nonce + cipher_of(purpose).encrypt(nonce, text.encode(), bound.encode())).decode()


def unsealed(text: str, *, purpose: str, bound: str) -> str:
    """The secret again; BadSignature where it was sealed elsewhere, or for something else."""
    raw = base64.b64decode(text)
    try:
        return cipher_of(purpose).decrypt(raw[:12], raw[12:], bound.encode()).decode()
    except InvalidTag as error:
        raise BadSignature("sealed for something else") from error


def cipher_of(purpose: str) -> AESGCM:
    """The cipher of a purpose in this schema; its key is derived from the installation's."""
    return AESGCM(hashlib.sha256(keyed_digest("key", purpose=purpose).encode()).digest())


class TenantSigner(signing.TimestampSigner):
    """The signer behind Django's signed cookies (settings.SIGNING_BACKEND)."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.salt = f"{options.get('salt') or 'django.core.signing'}.{schema_here()}"


class TenantTokens(PasswordResetTokenGenerator):
    """Reset and invitation tokens: a person with the same id, hash and address in a cloned tenant is somebody else."""

    key_salt = "kith.tokens"

    def _make_hash_value(self, user: Any, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{schema_here()}"


tokens = TenantTokens()
