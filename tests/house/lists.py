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
    "crm/exchange/samples/": "a sample is copied in by COPY",
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
    "print": (),
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
