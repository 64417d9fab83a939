"""The sign-up form: six questions, clear refusals, and nothing typed is lost."""
import unicodedata
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tenants.context import in_schema
from tenants.models import Domain, Tenant
from tenants.services import host_of
from tenants.slugs import slug_check, slug_offer

PASSWORD_MOST = 128  # hashing a megabyte would keep a core busy
TRIES = 50


def is_free(slug: str) -> bool:
    """Whether nobody has this address."""
    with in_schema():
        taken = Tenant.objects.filter(slug=slug).exists() or Domain.objects.filter(domain=host_of(slug)).exists()
    return not taken


def slug_free(name: str) -> str:
    """An address for the name that nobody has: the plain one, or with a number behind it."""
    first = slug_offer(name) or "company"
    numbered = (first, *(f"{first[:36]}-{number}" for number in range(2, TRIES)))
    with in_schema():
        taken = set(Tenant.objects.filter(slug__in=numbered).values_list("slug", flat=True))
    return next((slug for slug in numbered if slug not in taken), "")


def readable(typed: str) -> str:
    """What was typed, without marks that only turn or hide other letters."""
    return " ".join("".join(c for c in typed if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co"}).split())


class SignUpForm(forms.Form):
    """What a company says about itself."""

    name = forms.CharField(label=_("Company"), max_length=100)
    slug = forms.CharField(label=pgettext_lazy("web", "Address"), max_length=63, required=False)
    person = forms.CharField(label=_("Your name"), max_length=120, required=False)
    email = forms.EmailField(label=_("E-mail"), max_length=254)
    password = forms.CharField(label=_("Password"), strip=False)
    industry = forms.ChoiceField(label=_("Industry"), choices=Tenant.Industry, initial=Tenant.Industry.SHOP)
    time_zone = forms.CharField(max_length=60, required=False)

    def clean_name(self) -> str:
        """Marks that only turn or hide other letters go; something must be left to read."""
        name = readable(self.cleaned_data["name"])
        if not any(c.isalnum() for c in name):
            raise ValidationError(_("Please write the name of your company."))
        return name

    def clean_person(self) -> str:
        """Without a name, a person is called as their address begins."""
        return readable(self.cleaned_data["person"])

    def clean_email(self) -> str:
        """Small letters: people type their address differently each time."""
        return str(self.cleaned_data["email"]).lower()

    def clean_password(self) -> str:
        """As long as it need be, not longer than can be hashed."""
        password: str = self.cleaned_data["password"]
        if len(password) > PASSWORD_MOST:
            raise ValidationError(_("Use at most %(most)d characters."), params={"most": PASSWORD_MOST})
        validate_password(password)
        return password

    def clean(self) -> dict[str, Any]:
        """An address that was left open is found; one that was chosen must be free."""
        values = self.cleaned_data
        if "slug" not in values or "name" not in values:
            return values
        slug = values["slug"].lower() or slug_free(values["name"])
        try:
            slug_check(slug)
        except ValidationError as error:
            self.add_error("slug", error)
        else:
            if not is_free(slug):
                self.add_error("slug", ValidationError(_("This address is taken. Please choose another one."), "taken"))
        return values | {"slug": slug}
