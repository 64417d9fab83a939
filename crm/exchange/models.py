"""What an import leaves behind: the job, the bytes of its file, its reported rows, and the records it wrote."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.core.fields import uuid7

EVERYTHING = ""  # the label of a job that brings an archive of all nouns


class ImportJob(models.Model):
    """One file on its way into one noun; `chunks_done` moves in the same transaction as the records of a chunk."""

    class State(models.TextChoices):
        """Where the job stands."""

        UPLOADED = "uploaded", _("Uploaded")
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    state = models.CharField(_("State"), max_length=10, choices=State.choices, default=State.UPLOADED)
    label = models.CharField(_("Records"), max_length=60)
    template = models.CharField(_("Template"), max_length=40, blank=True)
    filename = models.CharField(_("File"), max_length=255)
    size = models.PositiveBigIntegerField(_("Bytes"), default=0)
    actor_kind = models.CharField(max_length=12)
    actor_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(_("Uploaded at"), auto_now_add=True)
    started_at = models.DateTimeField(_("Started at"), null=True)
    finished_at = models.DateTimeField(_("Finished at"), null=True)
    beat_at = models.DateTimeField(null=True)
    runner = models.UUIDField(null=True)
    choices = models.JSONField(default=dict)
    rows_total = models.PositiveBigIntegerField(default=0)
    rows_done = models.PositiveBigIntegerField(default=0)
    chunks_done = models.PositiveIntegerField(default=0)
    account = models.JSONField(default=dict)
    records = models.JSONField(default=dict)
    failure = models.CharField(max_length=40, blank=True)
    failure_details = models.JSONField(default=dict)
    purged_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["finished_at"], condition=models.Q(purged_at=None), name="import_to_purge")]

    def __str__(self) -> str:
        return self.filename


class ImportTemplate(models.Model):
    """A mapping that somebody kept under a name; proposed again for files of the same columns."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(_("Name"), max_length=80)
    label = models.CharField(_("Records"), max_length=60)
    header = models.JSONField(default=list)
    fingerprint = models.CharField(max_length=32)
    choices = models.JSONField(default=dict)
    changed_at = models.DateTimeField(pgettext_lazy("time", "Changed"), auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["label", "name"], name="import_template_name")]
        indexes = [models.Index(fields=["label", "fingerprint"], name="import_template_header")]

    def __str__(self) -> str:
        return self.name


class ImportPiece(models.Model):
    """A piece of the uploaded file, kept in the tenant's schema so that any worker on any host can go on."""

    job = models.ForeignKey(ImportJob, models.CASCADE, related_name="pieces")
    position = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "position"], name="import_piece_once")]

    def __str__(self) -> str:
        return f"{self.job_id}/{self.position}"


class ImportProblem(models.Model):
    """What was wrong with one row or one cell, and what became of it."""

    class Outcome(models.TextChoices):
        """What the problem meant for the row."""

        REFUSED = "refused", _("Row not stored")
        SKIPPED = "skipped", _("Row left out on purpose")
        MERGED = "merged", _("Row merged into another")
        LEFT_OUT = "left_out", _("Row stored without this value")
        NOTE = "note", _("Row stored, worth a look")

    job = models.ForeignKey(ImportJob, models.CASCADE, related_name="problems", db_index=False)
    row = models.PositiveBigIntegerField()
    position = models.PositiveIntegerField(null=True)
    column = models.CharField(max_length=200, blank=True)
    code = models.CharField(max_length=40)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    value = models.CharField(max_length=200, blank=True)
    details = models.JSONField(default=dict)

    class Meta:
        ordering = ["row", "id"]
        indexes = [models.Index(fields=["job", "row", "id"], name="import_problem_row")]

    def __str__(self) -> str:
        return f"{self.row}: {self.code}"


class ImportedRecord(models.Model):
    """A record that a job came across, with the version it left behind: undo takes back only what is still so.

    `before` holds what an updated record had in the columns that differ, and goes after the days of undo."""

    class Outcome(models.TextChoices):
        """What the job did to the record."""

        CREATED = "created", _("Created")
        UPDATED = "updated", _("Updated")
        UNCHANGED = "unchanged", _("Unchanged")

    class Undone(models.TextChoices):
        """What an undo did about it; empty while it has not come to it."""

        BACK = "back", _("Taken back")
        CHANGED = "changed", _("Kept: changed since")
        IN_USE = "in_use", _("Kept: in use")
        TAKEN = "taken", _("Kept: its old value is taken")
        GONE = "gone", _("Gone before")

    job = models.ForeignKey(  # not looked up again for each of a hundred thousand: who writes them holds the job's row
        ImportJob, models.CASCADE, related_name="written", db_index=False, db_constraint=False
    )
    object_type = models.CharField(max_length=60)
    object_id = models.UUIDField()
    row = models.PositiveBigIntegerField()
    version = models.PositiveIntegerField(default=1)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    before = models.JSONField(null=True)
    undone = models.CharField(max_length=8, choices=Undone.choices, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "object_id"], name="imported_record_once")]

    def __str__(self) -> str:
        return f"{self.object_type} {self.object_id}"


# Files on their way out


class ExportJob(models.Model):
    """One list, or all of a tenant, on its way into one file; each chunk and its `position` commit together."""

    class State(models.TextChoices):
        """Where the job stands."""

        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")
        EXPIRED = "expired", _("Expired")

    class Format(models.TextChoices):
        """What the file is."""

        CSV = "csv", _("CSV")
        XLSX = "xlsx", _("Excel (XLSX)")
        NDJSON = "ndjson", _("NDJSON")
        ARCHIVE = "archive", _("Archive of everything")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    state = models.CharField(_("State"), max_length=10, choices=State.choices, default=State.QUEUED)
    label = models.CharField(_("Records"), max_length=60, blank=True)
    format = models.CharField(_("Format"), max_length=10, choices=Format.choices)
    filename = models.CharField(_("File"), max_length=255)
    asked = models.JSONField(default=dict)
    rights = models.JSONField(default=dict)
    actor_kind = models.CharField(max_length=12)
    actor_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(_("Asked for"), auto_now_add=True)
    started_at = models.DateTimeField(_("Started at"), null=True)
    finished_at = models.DateTimeField(_("Finished at"), null=True)
    expires_at = models.DateTimeField(_("Kept until"), null=True)
    beat_at = models.DateTimeField(null=True)
    runner = models.UUIDField(null=True)
    rows_total = models.PositiveBigIntegerField(default=0)
    rows_done = models.PositiveBigIntegerField(default=0)
    chunks_done = models.PositiveIntegerField(default=0)
    position = models.TextField(blank=True)
    size = models.PositiveBigIntegerField(_("Bytes"), default=0)
    failure = models.CharField(max_length=40, blank=True)
    failure_details = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["expires_at"], name="export_expires")]

    def __str__(self) -> str:
        return self.filename


class ExportPiece(models.Model):
    """A piece of the file, compressed; a draft is not yet the file: rows that a workbook will be made of."""

    job = models.ForeignKey(ExportJob, models.CASCADE, related_name="pieces")
    is_draft = models.BooleanField(default=False)
    position = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "is_draft", "position"], name="export_piece_once")]

    def __str__(self) -> str:
        return f"{self.job_id}/{self.position}"


class BulkJob(models.Model):
    """One change of many records at once; `rows_done` moves in the same transaction as the records of a chunk."""

    class State(models.TextChoices):
        """Where the job stands."""

        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    state = models.CharField(_("State"), max_length=10, choices=State.choices, default=State.QUEUED)
    label = models.CharField(_("Records"), max_length=60)
    asked = models.JSONField(default=dict)
    actor_kind = models.CharField(max_length=12)
    actor_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(_("Asked for"), auto_now_add=True)
    finished_at = models.DateTimeField(_("Finished at"), null=True)
    runner = models.UUIDField(null=True)
    rows_total = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    account = models.JSONField(default=dict)  # outcome → how many
    failure = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["finished_at"], name="bulk_job_finished")]

    def __str__(self) -> str:
        return f"{self.label} {self.created_at:%Y-%m-%d}"


class BulkRow(models.Model):
    """One record of a bulk change: what became of it, and what undo needs."""

    class Outcome(models.TextChoices):
        """What became of the record."""

        WAITING = "waiting", _("Waiting")
        CHANGED = "changed", _("Changed")
        SAME = "same", _("As it was")
        REFUSED = "refused", _("Refused")
        BACK = "back", _("Taken back")
        KEPT = "kept", _("Changed since, left as it is")

    id = models.BigAutoField(primary_key=True)
    job = models.ForeignKey(BulkJob, models.CASCADE, related_name="rows")
    object_id = models.UUIDField()
    outcome = models.CharField(max_length=8, choices=Outcome.choices, default=Outcome.WAITING)
    before = models.JSONField(null=True)
    version = models.PositiveIntegerField(null=True)
    message = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["job", "outcome", "id"], name="bulk_row_job"),
            models.Index(fields=["object_id"], name="bulk_row_object"),
        ]

    def __str__(self) -> str:
        return f"{self.job_id}/{self.object_id}"
