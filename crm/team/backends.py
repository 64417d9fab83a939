"""How a person is recognised: e-mail address and password; with the role in the same query."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from crm.team.models import User


class PeopleBackend(BaseBackend):
    """Looks a person up in the tenant that the request is for."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **extra: Any
    ) -> User | None:
        """The person, if the password is right and they may still come in."""
        user = User.objects.select_related("role").filter(email__iexact=username or "").first()
        if user is None:
            make_password(password)  # the same work as for a known address, so that time does not tell which exist
            return None
        return user if user.is_active and user.check_password(password or "") else None

    def get_user(self, user_id: UUID) -> User | None:
        """The person of a session."""
        return User.objects.select_related("role").filter(pk=user_id, is_active=True).first()
