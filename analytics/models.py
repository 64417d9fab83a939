"""What the models leave behind: their cards, the runs that made them, weekly snapshots, recommendations, feedback.

Plain tables of the tenant, not Records: nobody edits them, so they carry no version, owner or history.
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from crm.core.fields import uuid7
from crm.core.sharing import Sharing


class Run(models.Model):
    """One recomputation of a tenant's models: what it looked at, how far it came, what it wrote."""

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    as_of = models.DateTimeField(_("As of"))
    features_on = models.DateField(_("Features as of"), null=True)
    data_hash = models.CharField(max_length=64)
    is_contest = models.BooleanField(_("With contest"), default=False)
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    step = models.CharField(max_length=60, blank=True)
    progress = models.FloatField(default=0.0)
    counts = models.JSONField(default=dict)
    timings = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    started_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["-started_at"], name="run_newest")]

    def __str__(self) -> str:
        return f"{self.as_of:%Y-%m-%d} {self.state}"


class ModelVersion(models.Model):
    """The model card: what was learned from what, how it was judged, and the learned model itself as bytes."""

    class Status(models.TextChoices):
        SHADOW = "shadow", _("Not published")
        ACTIVE = "active", _("In use")
        RETIRED = "retired", _("Retired")

    predictor = models.CharField(max_length=30)
    is_sample = models.BooleanField(default=False)
    name = models.CharField(max_length=60)
    status = models.CharField(max_length=10, choices=Status, default=Status.SHADOW)
    verdict = models.CharField(max_length=24)
    algorithm = models.CharField(max_length=40)
    rung = models.CharField(max_length=20, blank=True)
    grade = models.CharField(max_length=1, blank=True)
    features_on = models.DateField()
    window_days = models.PositiveIntegerField(null=True)
    snapshots = models.JSONField(default=list)
    trained_count = models.PositiveIntegerField(default=0)
    features = models.JSONField(default=list)
    metrics = models.JSONField(default=dict)
    contest = models.JSONField(default=list)
    calibration = models.JSONField(default=list)
    thresholds = models.JSONField(default=dict)
    drift = models.JSONField(default=dict)
    library = models.JSONField(default=dict)
    data_hash = models.CharField(max_length=64)
    artifact = models.BinaryField(null=True)
    is_held = models.BooleanField(default=False)  # somebody chose it: no night replaces it until it is learned anew
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["predictor", "is_sample", "name"], name="model_version_unique"),
            models.UniqueConstraint(
                fields=["predictor", "is_sample"],
                condition=~models.Q(status="retired"),
                name="model_version_current",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.predictor} {self.name}"


class PredictionSnapshot(models.Model):
    """What was predicted for a customer in one week, so that it can be held against what happened."""

    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="+")
    week_on = models.DateField()
    churn_probability = models.FloatField()
    churn_band = models.CharField(max_length=10)
    model_version = models.CharField(max_length=60)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["customer", "week_on"], name="prediction_snapshot_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.week_on}"


class Recommendation(models.Model):
    """A product for a customer, with the reason and what became of it."""

    class Shelf(models.TextChoices):
        AGAIN = "again", _("Buy again")
        NEW = "new", _("New for you")

    class ReasonType(models.TextChoices):
        BUY_AGAIN = "buy_again", _("Buys it again")
        SIMILAR_CUSTOMERS = "similar_customers", _("Similar customers buy it")
        SIMILAR_ITEM = "similar_item", _("Goes with a product bought before")
        BOUGHT_TOGETHER = "bought_together", _("Bought together")
        CONTENT = "content", _("Similar description")
        TRENDING = "trending", _("Popular now")

    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="+")
    product = models.ForeignKey("sales.Product", models.CASCADE, related_name="+")
    shelf = models.CharField(max_length=5, choices=Shelf)
    rank = models.PositiveSmallIntegerField()
    score = models.FloatField()
    reason_type = models.CharField(max_length=20, choices=ReasonType)
    reason_values = models.JSONField(default=dict)
    reason_text = models.CharField(max_length=300)
    shown_at = models.DateTimeField(null=True)
    clicked_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    dismissed_at = models.DateTimeField(null=True)
    dismissed_for = models.CharField(max_length=300, blank=True, db_default="")
    bought_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["customer", "shelf", "product"], name="recommendation_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.product_id}"


class PredictionFeedback(models.Model):
    """What a person said about a prediction: not useful, already known, wrong, and why."""

    customer = models.ForeignKey("customers.Customer", models.CASCADE, related_name="+")
    predictor = models.CharField(max_length=30)
    answer = models.CharField(max_length=20)
    reason = models.CharField(max_length=300, blank=True)
    probability = models.FloatField(null=True)
    model_version = models.CharField(max_length=60, blank=True)
    actor_kind = models.CharField(max_length=12)
    actor_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.customer_id} {self.answer}"


class Shared(models.Model):
    """What somebody keeps under a name, and may share with others."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(_("Name"), max_length=80)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    sharing = models.CharField(_("Who sees it"), max_length=10, choices=Sharing, default=Sharing.PRIVATE)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(auto_now=True, editable=False)

    class Meta:
        abstract = True
        ordering: ClassVar = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class SavedReport(Shared):
    """A report that somebody keeps: its definition as the engine reads it, how it is drawn, who else sees it."""

    class Chart(models.TextChoices):
        """How the answer is drawn above its table."""

        BAR = "bar", _("Bars")
        STACKED = "stacked", _("Stacked bars")
        LINE = "line", _("Line")
        PIE = "pie", _("Ring")
        FUNNEL = "funnel", _("Funnel")
        NUMBER = "number", _("One number")
        TABLE = "table", _("Only the table")

    chart = models.CharField(_("Chart"), max_length=10, choices=Chart, default=Chart.BAR)
    day = models.CharField(max_length=60, blank=True)  # the field that the dates of a dashboard are about
    definition = models.JSONField(default=dict)


class Dashboard(Shared):
    """A page of reports that are read together."""


class DashboardPlace(models.Model):
    """Where a report stands on a dashboard, and how wide: a saved one, or one that is there from the first day."""

    dashboard = models.ForeignKey(Dashboard, models.CASCADE, related_name="places")
    report = models.ForeignKey(SavedReport, models.CASCADE, null=True, related_name="+")
    ready = models.CharField(max_length=40, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    width = models.PositiveSmallIntegerField(default=6)  # of twelve columns

    class Meta:
        ordering: ClassVar = ["position", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(report__isnull=True) ^ models.Q(ready=""), name="dashboard_place_of_one_report"
            )
        ]

    def __str__(self) -> str:
        return f"{self.position}: {self.ready or self.report_id}"
