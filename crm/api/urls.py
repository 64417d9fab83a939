"""The addresses of the API: one set for every noun of the registry; a slash at the end is welcome and not needed."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, URLResolver, include, path, re_path

from crm.api.access import RecordAccess
from crm.api.actions import VerbView
from crm.api.asides import Behaviour, ConsentCheck, RecordAside
from crm.api.batch import RecordBatch
from crm.api.bulk import JobCancel, JobOne, JobRefused, JobReport, JobRevert, Jobs, JobStored, JobUnprocessed
from crm.api.bulk_edits import BulkEdit, BulkEditOne, BulkEdits, BulkEditUndo
from crm.api.company import Company
from crm.api.custom_fields import FieldIndex, FieldOne, FieldOrder, FieldRestore, FieldRetire, Fields
from crm.api.dashboards import DashboardOne, Dashboards
from crm.api.describe import Me, SchemaOne, Schemas
from crm.api.docs import OpenApi, docs
from crm.api.events import Events
from crm.api.exports import ExportFile, ExportOne, Exports
from crm.api.external import ExternalRecord, ExternalRecordByQuery
from crm.api.figures import FiguresList, FiguresOne
from crm.api.files import FileContent
from crm.api.invitations import InvitationOne, Invitations
from crm.api.merging import Duplicates, MergeUndo, RecordDuplicates, RecordMerge
from crm.api.papers import PaperFile, PaperLink
from crm.api.people import People, PersonLeave, PersonOne
from crm.api.predictions import (
    ModelOne,
    Models,
    ModelVerb,
    Readiness,
    RecommendationVerb,
    RecordPredictions,
    RecordRecommendations,
)
from crm.api.privacy import PersonErase, PersonExport
from crm.api.records import RecordCount, RecordList, RecordOne, RecordRestore, RecordSearch
from crm.api.reports import ReportRun
from crm.api.revealing import Reveal
from crm.api.rewinding import RecordHistory, RecordRewind
from crm.api.roles import RoleOne, Roles
from crm.api.rules import Notifications, NotificationsRead, RuleTrial, RunAgain, RunOne, Runs
from crm.api.saved_reports import SavedReportAnswer, SavedReportOne, SavedReports
from crm.api.saved_views import SavedViewOne, SavedViews
from crm.api.shares import ShareOne, Shares
from crm.api.views import ApiView, NotHere
from crm.api.webhooks import Deliveries, DeliveryAgain, DeliveryOne, Secret
from crm.core.registry import Resource, registry

app_name = "api"
ID = r"(?P<id>[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})"
NUMBER = "(?P<{}>[1-9][0-9]{{0,17}})".format
KEY = "(?P<{}>[0-9a-z-]{{1,40}})".format  # an id, or the name of what is there from the first day
FIELD = ID.replace("<id>", "<field_id>")
USER, INVITATION = ID.replace("<id>", "<user_id>"), ID.replace("<id>", "<invitation_id>")
DELIVERY, RUN = ID.replace("<id>", "<delivery>"), ID.replace("<id>", "<run>")
SCORED = "prediction_status"  # the field that every noun with predictors has


def at(route: str, view: type[ApiView], name: str, **given: Any) -> URLPattern:
    """One address, with or without its last slash."""
    return re_path(rf"^{route}/?\Z", view.as_view(**given), name=name)


def routes_of(resource: Resource) -> list[URLPattern | URLResolver]:
    """Every address of one noun; those below its slug stand together, so that others are passed over at once."""
    slug = resource.slug
    routes: list[URLPattern | URLResolver] = [
        at(ID, RecordOne, f"{slug}-one", resource=resource),
        at("bulk-edit", BulkEdit, f"{slug}-bulk-edit", resource=resource),
        at("count", RecordCount, f"{slug}-count", resource=resource),
        at("batch", RecordBatch, f"{slug}-batch", resource=resource),
        at("search", RecordSearch, f"{slug}-search", resource=resource),
        at("ext", ExternalRecordByQuery, f"{slug}-by-name", resource=resource),
        at("ext:(?P<source>[^/:]+):(?P<value>[^/]+)", ExternalRecord, f"{slug}-external", resource=resource),
        at(f"{ID}/history", RecordHistory, f"{slug}-history", resource=resource),
        at(f"{ID}/rewind", RecordRewind, f"{slug}-rewind", resource=resource),
        at(f"{ID}/restore", RecordRestore, f"{slug}-restore", resource=resource),
    ]
    routes += [
        at(f"{ID}/{verb.name}", VerbView, f"{slug}-{verb.name}", resource=resource, verb=verb)
        for verb in resource.verbs
    ]
    routes += where_declared(resource)
    return [at(slug, RecordList, slug, resource=resource), path(f"{slug}/", include(routes))]


def where_declared(resource: Resource) -> list[URLPattern | URLResolver]:
    """The addresses that only some nouns have, by what they declare."""
    slug = resource.slug
    routes: list[URLPattern | URLResolver] = []
    if resource.outgoing:
        routes += [
            at(f"{ID}/paper", PaperFile, f"{slug}-paper", resource=resource),
            at(f"{ID}/link", PaperLink, f"{slug}-link", resource=resource),
        ]
    if resource.alike:
        routes += [
            at("duplicates", Duplicates, f"{slug}-duplicates", resource=resource),
            at(f"{ID}/duplicates", RecordDuplicates, f"{slug}-resembling", resource=resource),
            at(f"{ID}/merge", RecordMerge, f"{slug}-merge", resource=resource),
        ]
    if resource.subject:
        routes += [
            at(f"{ID}/export", PersonExport, f"{slug}-disclose", resource=resource),
            at(f"{ID}/erase", PersonErase, f"{slug}-erase", resource=resource),
        ]
    routes += [
        at(f"{ID}/{aside.name}", RecordAside, f"{slug}-{aside.name}", resource=resource, aside=aside)
        for aside in resource.asides
    ]
    if SCORED in resource.specs:
        routes += [
            at(f"{ID}/predictions", RecordPredictions, f"{slug}-predictions", resource=resource),
            at(f"{ID}/recommendations", RecordRecommendations, f"{slug}-recommendations", resource=resource),
        ]
    return routes


urlpatterns = [
    *(route for resource in registry for route in routes_of(resource)),  # first: they are asked for most
    at(r"openapi\.json", OpenApi, "openapi"),
    re_path(r"^docs/?\Z", docs, name="docs"),
    at("me", Me, "me"),
    at("company", Company, "company"),
    at("people", People, "people"),
    at("invitations", Invitations, "invitations"),
    at(f"invitations/{INVITATION}", InvitationOne, "invitation-one"),
    at(f"people/{USER}", PersonOne, "people-one"),
    at(f"people/{USER}/leave", PersonLeave, "people-leave"),
    at("access", RecordAccess, "access"),
    at("reveal", Reveal, "reveal"),
    at("shares", Shares, "shares"),
    at(f"shares/{ID}", ShareOne, "share"),
    at("roles", Roles, "roles"),
    at("roles/(?P<role>[a-z-]{1,20})", RoleOne, "role"),
    at("events", Events, "events"),
    at(f"merges/{ID}/undo", MergeUndo, "merge-undo"),
    at("models", Models, "models"),
    at(f"models/{NUMBER('version_id')}/card", ModelOne, "model-card"),
    *(
        at(f"models/(?P<kind>[a-z_]+)/{verb}", ModelVerb, f"model-{verb}", verb=verb)
        for verb in ("retrain", "activate", "rollback")
    ),
    *(
        at(f"recommendations/{NUMBER('recommendation_id')}/{verb}", RecommendationVerb, f"recommend-{verb}", verb=verb)
        for verb in ("accept", "dismiss", "undo")
    ),
    at("behaviour-events", Behaviour, "behaviour"),
    at("consents/check", ConsentCheck, "consents-check"),
    at("data-readiness", Readiness, "data-readiness"),
    at("figures", FiguresList, "figures"),
    at("figures/(?P<figures>[a-z-]+)", FiguresOne, "figures-one"),
    at("reports", SavedReports, "reports"),
    at("reports/run", ReportRun, "reports-run"),
    at(f"reports/{KEY('report')}", SavedReportOne, "report"),
    at(f"reports/{KEY('report')}/answer", SavedReportAnswer, "report-answer"),
    at("dashboards", Dashboards, "dashboards"),
    at(f"dashboards/{KEY('dashboard')}", DashboardOne, "dashboard"),
    at("schema", Schemas, "schema"),
    at("schema/(?P<object>[^/]+)", SchemaOne, "schema-one"),
    at("fields", Fields, "fields"),
    at("fields/order", FieldOrder, "fields-order"),
    at(f"fields/{FIELD}", FieldOne, "fields-one"),
    at(f"fields/{FIELD}/index", FieldIndex, "fields-index"),
    at(f"fields/{FIELD}/retire", FieldRetire, "fields-retire"),
    at(f"fields/{FIELD}/restore", FieldRestore, "fields-restore"),
    at(rf"files/{ID}/content", FileContent, "file-content"),
    at("bulk/jobs", Jobs, "jobs"),
    at(rf"bulk/jobs/{ID}", JobOne, "job"),
    at(rf"bulk/jobs/{ID}/report", JobReport, "job-report"),
    at(rf"bulk/jobs/{ID}/refused\.csv", JobRefused, "job-refused"),
    at(rf"bulk/jobs/{ID}/stored\.csv", JobStored, "job-stored"),
    at(rf"bulk/jobs/{ID}/unprocessed\.csv", JobUnprocessed, "job-unprocessed"),
    at(rf"webhooks/{ID}/deliveries", Deliveries, "deliveries"),
    at(rf"webhooks/{ID}/deliveries/{DELIVERY}", DeliveryOne, "delivery"),
    at(rf"webhooks/{ID}/deliveries/{DELIVERY}/replay", DeliveryAgain, "delivery-replay"),
    at(rf"webhooks/{ID}/secret", Secret, "webhook-secret"),
    at("bulk/edits", BulkEdits, "bulk-edits"),
    at(rf"bulk/edits/{ID}", BulkEditOne, "bulk-edit"),
    at(rf"bulk/edits/{ID}/undo", BulkEditUndo, "bulk-edit-undo"),
    at("bulk/exports", Exports, "exports"),
    at(rf"bulk/exports/{ID}", ExportOne, "export"),
    at(rf"bulk/exports/{ID}/file", ExportFile, "export-file"),
    at(rf"bulk/jobs/{ID}/cancel", JobCancel, "job-cancel"),
    at(rf"bulk/jobs/{ID}/revert", JobRevert, "job-revert"),
    at(rf"rules/{ID}/dry-run", RuleTrial, "rule-trial"),
    at(rf"rules/{ID}/runs", Runs, "runs"),
    at(rf"rules/{ID}/runs/{RUN}", RunOne, "run"),
    at(rf"rules/{ID}/runs/{RUN}/retry", RunAgain, "run-retry"),
    at("views", SavedViews, "views"),
    at(f"views/{ID}", SavedViewOne, "view"),
    at("notifications", Notifications, "notifications"),
    at("notifications/read", NotificationsRead, "notifications-read"),
    re_path("", NotHere.as_view(), name="not-here"),
]
