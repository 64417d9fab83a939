"""Sessions in the tenant's own schema, readable nowhere else (settings.SESSION_ENGINE)."""
from django.contrib.sessions.backends import db
from django.db import connection


class SessionStore(db.SessionStore):
    """A row copied into another schema does not decode there."""

    @property
    def key_salt(self) -> str:
        """Django's salt and the schema."""
        return f"django.contrib.sessions.{self.__class__.__qualname__}.{connection.schema_name}"
