"""What the roles of an archive may here: permissions that mean nothing in this version are dropped, and told."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from django.apps import apps
from django.conf import settings

from crm.core.registry import registry
from crm.team.roles import ROLES

NO_TABLE = {"analytics": ("model", "recommendation"), "core": ("savedview",)}  # asked for by these names, too


def nouns_here() -> set[str]:
    """Every `<module>.<noun>` that a permission may speak of in this version."""
    own = [config for config in apps.get_app_configs() if config.name in settings.TENANT_APPS]
    tables = {f"{config.label}.{name}" for config in own for name in apps.all_models[config.label]}
    other = {f"{module}.{name}" for module, names in NO_TABLE.items() for name in names}
    return tables | other | {resource.label for resource in registry}


def means_something(pattern: str, nouns: Iterable[str]) -> bool:
    """Whether a permission, or a pattern of some, can speak of a noun that is here."""
    module, dot, rest = pattern.removeprefix("-").partition(".")
    noun = rest.rpartition("_")[2] or "*"
    if pattern == "*" or (dot and rest == "*" and module == "*"):
        return True
    wanted = f"{module}.{noun}" if "_" in rest else f"{module}.*" if rest == "*" else ""
    return bool(wanted) and any(fnmatchcase(one, wanted) for one in nouns)


def permissions_here(code: str, given: Iterable[str], *, is_older: bool) -> tuple[list[str], list[str]]:
    """What a role may here, and what was dropped; an archive of another version does not take from a role that every
    company has what this version gives it."""
    nouns, begun = nouns_here(), {one for _name, permissions in ROLES.values() for one in permissions}
    kept = [one for one in given if one in begun or means_something(one, nouns)]
    dropped = [one for one in given if one not in kept]
    today = ROLES[code][1] if is_older and code in ROLES else ()
    return [*kept, *(one for one in today if one not in kept)], dropped
