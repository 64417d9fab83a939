"""Front-end files straight out of node_modules by an allow-list: no copies in the repository, no build."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.storage import HashedFilesMixin
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import FileSystemStorage
from django.utils._os import safe_join
from whitenoise.storage import CompressedManifestStaticFilesStorage

FILES = {
    "vendor/inter.woff2": "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
    "vendor/inter-ext.woff2": "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2",
    "vendor/tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "vendor/tabler.min.js": "@tabler/core/dist/js/tabler.min.js",
    "vendor/htmx.min.js": "htmx.org/dist/htmx.min.js",
    "vendor/sortable.min.js": "sortablejs/Sortable.min.js",
    "vendor/echarts.min.js": "echarts/dist/echarts.min.js",
}


class PackageFiles(FileSystemStorage):
    """Reads the allowed files under the names they are served by."""

    def path(self, name: str) -> str:
        return safe_join(self.location, FILES[name.replace("\\", "/")])


class PackageFinder(BaseFinder):
    """Finds the allowed files for `collectstatic` and for the development server."""

    def __init__(self, app_names: Iterable[str] | None = None, *args: Any, **kwargs: Any) -> None:
        self.storage = PackageFiles(location=settings.NODE_MODULES)

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, *args: Any, find_all: bool = False, **kwargs: Any) -> Any:
        """The place of one file, or nothing."""
        if path not in FILES:
            return []
        place = str(settings.NODE_MODULES / FILES[path])
        return [place] if find_all else place

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, PackageFiles]]:
        """All files, for `collectstatic`."""
        for name in FILES:
            yield name, self.storage


def _without_source_maps(patterns: Any) -> list[Any]:
    return [one for one in patterns if "sourceMappingURL" not in (one if isinstance(one, str) else one[0])]


class PackageStorage(CompressedManifestStaticFilesStorage):
    """Hashed and compressed names. Source maps are not shipped, so references to them are left alone."""

    patterns = tuple((glob, tuple(_without_source_maps(found))) for glob, found in HashedFilesMixin.patterns)

    def stored_name(self, name: str) -> str:
        """The hashed name; the plain one where nothing was collected (tests, the development server)."""
        return str(super().stored_name(name)) if self.hashed_files else name


@lru_cache(maxsize=512)
def icon_paths(name: str) -> str:
    """What is drawn inside an icon of the Tabler set; an unknown name is a mistake of the programmer."""
    place: Path = settings.NODE_MODULES / "@tabler/icons/icons/outline" / f"{name}.svg"
    if not place.is_file():
        raise ImproperlyConfigured(f"There is no icon {name!r} in @tabler/icons (is `npm ci` done?).")
    found = re.search(r"<svg[^>]*>(.*)</svg>", place.read_text(encoding="utf-8"), re.S)
    inner = re.sub(r"\s+", " ", found.group(1)) if found else ""
    return inner.replace('<path stroke="none" d="M0 0h24v24H0z" fill="none" />', "").strip()
