"""Every list of the house rules, in one place. A new entry needs its reason."""

# Sizes
LINES_OF_A_FILE, LINES_OF_A_FUNCTION, LINES_OF_A_TEMPLATE = 400, 40, 150

# Names that say nothing of what a file holds
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "stuff", "tools", "shared", "base"}
NAMES_BY_PROTOCOL = {"tenants/database/base.py"}  # Django looks for a database backend under this name

# Modules that speak SQL themselves; everything else goes through querysets
SQL_MODULES = {
    "tenants/": "schemas are made, found and switched by SQL",
    "crm/core/": "the write path, the read plan and the feed",
    "crm/team/reach": "who works below whom, however deep, within any other question",
    "crm/customers/behaviour.py": "thousands of events come in by COPY, each once",
    "crm/exchange/samples/": "a sample is copied in by COPY",
    "crm/exchange/exporting/archive/": "an archive is one moment of all tables",
    "analytics/features": "features are one aggregate",
    "analytics/fingerprint": "the data as one hash, to know that nothing has changed",
    "analytics/profiles": "what is known of each customer beside their orders",
    "analytics/purchases": "who bought what, as arrays",
    "analytics/storage": "scores are written set-wise",
    "config/launcher/services.py": "makes the role and the database before Django stands",
    "tests/": "tests look behind the curtain",
}

# Calls that are somebody's alone: name → the paths where it may stand
HOMES = {
    "tenant_context": ("tenants/", "tests/"),
    "schema_context": ("tenants/", "tests/"),
    "set_tenant": ("tenants/", "tests/"),
    "set_schema": ("tenants/", "tests/"),
    "set_schema_to_public": ("tenants/", "tests/"),
    "mark_safe": ("crm/ui/templatetags/", "crm/ui/cells.py"),
    "SafeString": ("crm/ui/templatetags/", "crm/ui/cells.py"),
    "receiver": (),
    "eval": (),
    "exec": (),
    "input": (),
    "breakpoint": (),
    "print": ("tests/",),
}

# Imports that nobody may make, or somebody alone
IMPORTS = {
    "pickle": (),
    "marshal": (),
    "unittest.mock": (),
    "django.contrib.admin": (),
    "django.contrib.contenttypes": (),
    "django.core.signing": ("tenants/", "tests/"),
    "django.dispatch": (),
    "django.db.models.signals": ("tenants/",),
    "threading.local": (),
}

# Where an import may stand inside a function, and why
LATE_IMPORTS = {
    "analytics/": "scikit-learn, scipy and numpy stay out of the web process",
}

# Words that promise instead of doing
PROMISES = r"\b(TODO|FIXME|XXX|HACK)\b"

# Models that are no Record: what they are, and what their texts hold. "person" may speak of somebody and goes when that
# person is erased; "secret" is shown to nobody; "plain" speaks of the machine or the setting.
PLAIN_MODELS = {
    "customers.BehaviourEvent": {"why": "one thing that somebody did", "person": "subject channel source key"},
    "customers.ConsentEntry": {
        "why": "a line of a ledger that only grows",
        "person": "source proof",
        "plain": "actor_kind",
    },
    "customers.WebSnippet": {"why": "which websites are heard", "plain": "key origins"},
    "customers.ListMember": {"why": "one record on a list"},
    "core.Event": {
        "why": "the facts: written beside every change",
        "person": "before after",
        "plain": "tx name object_type actor_kind via request_id",
    },
    "core.ExternalId": {"why": "a record's name in another system", "person": "value", "plain": "object_type source"},
    "core.CustomField": {
        "why": "a field that a company has added to a noun",
        "plain": "key object_type name label choices target currency help",
    },
    "core.Layout": {"why": "how the pages of a noun are laid out", "plain": "object_type role sections left_out"},
    "core.SavedView": {
        "why": "a list as somebody wants to see it again",
        "person": "filters where",
        "plain": "object_type name icon colour ordering columns widths group_by",
    },
    "core.Merge": {
        "why": "records that became one, and how to take them apart",
        "person": "titles before after moved",
        "plain": "object_type gone_ids",
    },
    "core.Distinct": {"why": "two records that are not the same", "plain": "object_type"},
    "core.FeedCursor": {"why": "how far a reader of facts has come", "plain": "consumer tx"},
    "team.Role": {"why": "a set of permissions", "plain": "code name permissions hidden_fields fixed_fields reach"},
    "team.User": {"why": "who logs in", "person": "email name", "secret": "password", "plain": "language theme"},
    "team.ApiKey": {
        "why": "a program that calls",
        "secret": "key_hash",
        "plain": "name prefix scopes hidden_fields addresses",
    },
    "team.Share": {"why": "one record that is open to somebody", "plain": "object_type"},
    "team.ConnectedApp": {"why": "a program that people connect", "plain": "name scopes hidden_fields"},
    "team.Connection": {"why": "what an app may do for whom", "plain": "scopes"},
    "team.Invitation": {"why": "who was asked to join", "person": "email"},
    "analytics.Run": {"why": "one computation", "plain": "data_hash step counts timings error"},
    "analytics.ModelVersion": {
        "why": "a model's card",
        "plain": "predictor name verdict algorithm rung grade snapshots features metrics contest calibration thresholds"
        " drift library data_hash artifact",
    },
    "analytics.PredictionSnapshot": {"why": "a score of the past", "plain": "churn_band model_version"},
    "analytics.Recommendation": {"why": "what to offer whom", "person": "reason_values reason_text dismissed_for"},
    "analytics.PredictionFeedback": {
        "why": "what people said of a score",
        "person": "reason",
        "plain": "predictor answer model_version actor_kind",
    },
    "analytics.SavedReport": {
        "why": "a report that somebody keeps",
        "person": "name definition",
        "plain": "day",
    },
    "analytics.Dashboard": {"why": "a page of reports", "person": "name"},
    "analytics.DashboardPlace": {"why": "where a report stands", "plain": "ready"},
    "exchange.ImportJob": {
        "why": "a file on its way in",
        "person": "filename failure failure_details account records",
        "plain": "label template actor_kind choices",
    },
    "exchange.ImportTemplate": {
        "why": "a mapping kept for files that come again",
        "person": "choices header",
        "plain": "name label fingerprint",
    },
    "exchange.ImportPiece": {"why": "a piece of that file", "person": "data"},
    "exchange.ImportProblem": {"why": "what was wrong in a row", "person": "value details", "plain": "column code"},
    "exchange.BulkJob": {
        "why": "a change of many records",
        "person": "asked failure",
        "plain": "label actor_kind account",
    },
    "exchange.BulkRow": {"why": "one record of it, for undo", "person": "before message"},
    "exchange.ImportedRecord": {"why": "what undo must take back", "person": "before", "plain": "object_type"},
    "automation.Delivery": {"why": "an event on its way to a receiver", "plain": "event object_type"},
    "automation.Attempt": {"why": "one try to deliver", "person": "response", "plain": "error"},
    "exchange.ExportJob": {
        "why": "a file on its way out",
        "person": "filename asked failure failure_details",
        "plain": "label actor_kind rights position",
    },
    "exchange.ExportPiece": {"why": "a piece of that file", "person": "data"},
    "api.IdempotencyKey": {
        "why": "the answer to a request that may come again",
        "person": "body headers",
        "secret": "digest fingerprint",
    },
    "automation.RuleRun": {"why": "a rule at work on one record", "person": "error", "plain": "cause object_type"},
    "automation.RuleStep": {"why": "one action of a run", "person": "text", "plain": "action"},
    "automation.Notification": {"why": "what a person is told", "person": "text", "plain": "object_type"},
    "automation.NotificationChoice": {"why": "how a person is told"},
    "ui.ListChoice": {"why": "which columns somebody sees", "plain": "label columns pinned"},
    "ui.DashboardMail": {"why": "which dashboards somebody gets by mail", "plain": "dashboard"},
    "activities.CalendarFeed": {"why": "that somebody reads their calendar elsewhere"},
    "activities.FilePiece": {"why": "a piece of a file", "person": "data"},
    "messaging.MailboxSecret": {"why": "the password of a mailbox", "secret": "sealed"},
    "tenants.Plan": {"why": "what a company pays for", "plain": "code name"},
    "tenants.Tenant": {
        "why": "a company",
        "plain": "schema_name slug name locale time_zone currency region",
    },
    "tenants.Domain": {"why": "a company's host name", "plain": "domain"},
    "tenants.ReadySchema": {"why": "a schema that waits for a company", "plain": "schema_name version sample"},
    "tenants.SchemaVersion": {"why": "the ledger of migrations", "plain": "schema_name version error"},
    "tenants.Outbox": {"why": "messages on their way", "plain": "worker error schema_name task queue ids"},
    "tenants.NightRun": {"why": "one night of one company", "plain": "worker error job"},
    "tenants.Wakeup": {"why": "who has news", "plain": "schema_name tx error"},
}

# Tasks that stand in no tenant
SERVICE_TASKS = {
    "crm.exchange.tasks.exports_purge": "throws old files away, one tenant after the other",
    "tenants.night.ask": "asks who has passed two o'clock",
    "tenants.night.chunk": "enters one tenant after the other",
    "tenants.night.reap": "gives expired leases to the next",
    "tenants.pump.tick": "hands out facts, resends messages",
    "tenants.upkeep.pool": "keeps schemas ready",
    "tenants.upkeep.tidy": "clears what is done",
    "crm.exchange.tasks.purge": "enters one tenant after the other",
    "tenants.upkeep.watch": "names what holds the feed back",
}

# Routes of a company's site that answer somebody who is not logged in; all others must refuse, which is tried
OPEN_ROUTES = {
    "enter": "the one-time link after sign-up",
    "oauth-token": "the credentials are in the request",
    "oauth-revoke": "the credentials are in the request",
    "oauth-metadata": "the same for all: where everything is",
    "log-in": "the way in",
    "log-out": "the way out",
    "password-forgotten": "asks for a link",
    "password-reset": "the link itself is the proof",
    "invitation": "the link itself is the proof",
    "language": "the log-in page can be read, too",
    "words": "the words that scripts show; the same for all",
    "openapi": "the description of the API names no data",
    "docs": "the same as a page",
    "not-here": "the API's own 404",
    "paper-open": "the link itself is the proof",
    "paper-open-file": "the link itself is the proof",
    "paper-answer": "the link itself is the proof",
    "mail-inbound": "the address itself is the proof",
    "calendar-feed": "the address itself is the proof",
    "visits-script": "the same for all: a script for websites",
    "visits": "takes what visitors of listed websites do, and tells nothing",
}
PUBLIC_ROUTES = {"landing", "sign-up", "address", "preparing", "language", "health", "ready"}

# Who may point to whom: a foreign key goes down this list, or stays in its app
LAYERS = (
    ("exchange", "automation", "api", "ui"),
    ("analytics",),
    ("sales",),
    ("messaging",),
    ("customers",),
    ("activities",),
    ("team",),
    ("oauth2_provider",),
    ("core",),
    ("tenants",),
)
UPWARD_LINKS = {"owner": "team.User"}  # every record has an owner

# Moments and days whose name is a word of the trade
MOMENTS = {
    "at", "as_of", "last_login", "local_date", "not_before", "lease_until", "send_after", "last_used", "quiet_until",
    "previous_until", "valid_until",
}
