"""Sessions in the tenant's own schema, readable nowhere else (settings.SESSION_ENGINE)."""
from django.contrib.sessions.backends import db

from tenants.standing import schema_here


class SessionStore(db.SessionStore):
    """A row copied into another schema does not decode there."""

    @property
    def key_salt(self) -> str:
        """Django's salt and the schema."""
        return f"django.contrib.sessions.{self.__class__.__qualname__}.{schema_here()}"
