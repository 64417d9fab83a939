"""The address of a tenant: short, lower case, a name a browser can type."""
import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{1,38}[a-z0-9])")
LONGEST = 40
CHINESE = re.compile(r"[\u3400-\u9fff]")
RESERVED = frozenset({
    "www", "api", "app", "admin", "static", "assets", "media", "files", "mail", "smtp", "imap", "ftp", "dns", "help",
    "docs", "blog", "status", "support", "billing", "account", "accounts", "login", "log-in", "sign-up", "signup",
    "auth", "oauth", "sso", "public", "kith", "root", "test", "cdn", "web", "health", "ready",
})


def slug_offer(name: str) -> str:
    """An address for a company's name: pinyin for Chinese, unaccented for the rest; may be empty or taken."""
    text, is_chinese = unicodedata.normalize("NFKC", name)[:100], CHINESE.search(name) is not None
    spelled = " ".join(import_string("pypinyin.lazy_pinyin")(text)) if is_chinese else text
    plain = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain.replace("'", ""))
    joined = ("" if is_chinese else "-").join(words)
    slug = joined[:LONGEST].strip("-")
    return slug if len(slug) >= 3 and slug not in RESERVED else f"{slug}-crm"[:LONGEST] if slug else ""


def slug_check(slug: str) -> None:
    """Refuse an address that a host name cannot be, or that the service keeps for itself."""
    if not SLUG.fullmatch(slug) or "--" in slug:
        raise ValidationError(
            _("Use 3 to 40 small letters, digits and single hyphens; begin and end with a letter or digit."),
            code="invalid")
    if slug in RESERVED:
        raise ValidationError(_("This address is reserved. Please choose another one."), code="reserved")
