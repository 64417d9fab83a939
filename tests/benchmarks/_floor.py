"""The floor that the API is measured against: the settings of a bare REST framework project on the same table."""

from __future__ import annotations

import os
from typing import Any

import dj_database_url

SECRET_KEY = "floor"
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["rest_framework"]
MIDDLEWARE: list[str] = []
USE_TZ = True
ROOT_URLCONF = "tests.benchmarks._floor_urls"
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
}
DATABASES: dict[str, Any] = {
    "default": {
        **dj_database_url.parse(os.environ["DATABASE_URL"]),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 8}, "options": "-c search_path=t_a,ext"},
    }
}
