"""The mail that asks somebody to join."""

from __future__ import annotations

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import send_mail
from django.utils.translation import gettext as _

from crm.core.actors import Actor
from crm.team.models import Invitation, User
from tenants.context import current

log = logging.getLogger(__name__)


def invitation_mail(invitation: Invitation, link: str, *, actor: Actor) -> bool:
    """Send it where mail is set up, in the name of whoever invites. False: it did not go out, hand over the link."""
    if not settings.HAS_MAIL:
        return False
    company = current().name
    sender = (actor.person and User.objects.filter(pk=actor.person).first()) or company
    text = _("%(name)s asks you to join %(tenant)s:\n\n%(link)s") % {"name": sender, "tenant": company, "link": link}
    subject = " ".join((_("Join %(tenant)s") % {"tenant": company}).split())  # a header is one line
    try:
        send_mail(subject, text, None, [invitation.email])
    except (SMTPException, OSError):
        log.exception("An invitation could not be mailed.")
        return False
    return True
