"""The words that customers are sorted by."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Kind(models.TextChoices):
    """What kind of customer."""

    PERSON = "person", pgettext_lazy("customer", "Person")
    COMPANY = "company", _("Company")


class Gender(models.TextChoices):
    """How a person is addressed."""

    FEMALE = "female", _("Female")
    MALE = "male", _("Male")
    OTHER = "other", _("Other")


class ContactRole(models.TextChoices):
    """What somebody does where a company decides what to buy."""

    DECIDES = "decides", _("Decides")
    INFLUENCES = "influences", _("Influences")
    CHAMPION = "champion", _("Speaks for us")
    BLOCKER = "blocker", _("Speaks against us")
    USES = "uses", _("Will use it")
    PAYS = "pays", _("Pays")
    BUYS = "buys", _("Handles the purchase")


class Lifecycle(models.TextChoices):
    """How far the acquaintance has come."""

    LEAD = "lead", _("Lead")
    PROSPECT = "prospect", _("Prospect")
    CUSTOMER = "customer", _("Customer")
    FORMER = "former", _("Former customer")


class Channel(models.TextChoices):
    """By which way someone is best reached."""

    EMAIL = "email", pgettext_lazy("message", "E-mail")
    PHONE = "phone", _("Phone")
    SMS = "sms", _("Text message")
    WECHAT = "wechat", _("WeChat")
    POST = "post", _("Post")


class Trend(models.TextChoices):
    """Where something goes."""

    RISING = "rising", _("Rising")
    STEADY = "steady", _("Steady")
    FALLING = "falling", _("Falling")


class Band(models.TextChoices):
    """Risk level, by absolute thresholds that the model version keeps."""

    LOW = "low", _("Low")
    MEDIUM = "medium", _("Medium")
    HIGH = "high", _("High")
    CRITICAL = "critical", _("Critical")


class RfmSegment(models.TextChoices):
    """Customers by recency, frequency and money."""

    CHAMPIONS = "champions", _("Champions")
    LOYAL = "loyal", _("Loyal")
    POTENTIAL_LOYAL = "potential_loyal", _("Potential loyal")
    NEW = "new", pgettext_lazy("customer", "New")
    PROMISING = "promising", _("Promising")
    NEEDS_ATTENTION = "needs_attention", _("Needs attention")
    ABOUT_TO_SLEEP = "about_to_sleep", _("About to sleep")
    AT_RISK = "at_risk", _("At risk")
    CANNOT_LOSE = "cannot_lose", _("Cannot lose")
    HIBERNATING = "hibernating", _("Hibernating")
    LOST = "lost", pgettext_lazy("customer", "Lost")


class PredictionStatus(models.TextChoices):
    """Whether there is a score, and if not, why."""

    OK = "ok", _("Scored")
    INSUFFICIENT_HISTORY = "insufficient_history", _("Not enough history")
    OPTED_OUT = "opted_out", _("Objects to profiling")
    NO_SIGNAL = "no_signal", _("Insufficient signal")
    MODEL_OFF = "model_off", _("Model switched off")
    STALE = "stale", _("Out of date")
    ERROR = "error", _("Could not be computed")
