"""Everything that is installed is pinned: the same today and in a year."""

import re
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]


def pins(name: str) -> dict[str, Requirement]:
    """The pinned packages of a list, those it refers to included."""
    found: dict[str, Requirement] = {}
    for line in (ROOT / name).read_text().splitlines():
        if line.startswith("-r "):
            found |= pins(line.removeprefix("-r "))
        elif line and not line.startswith("#"):
            requirement = Requirement(line)
            assert [one.operator for one in requirement.specifier] == ["=="], line
            found[plain(requirement.name)] = requirement
    return found


def plain(name: str) -> str:
    """A package's name as all spellings of it compare."""
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-test.txt"])
def test_what_a_package_needs_is_pinned_too(name: str) -> None:
    pinned = pins(name)
    missing = set()
    for requirement in (one for one in pinned.values() if one.marker is None or one.marker.evaluate()):
        for text in distribution(requirement.name).requires or []:
            needed = Requirement(text)
            extras = requirement.extras or {""}
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in extras):
                missing |= {plain(needed.name)} - set(pinned)
    assert missing == set()


def test_front_end_packages_are_locked_by_hash_and_without_addresses() -> None:
    lock = (ROOT / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert lock.count('"integrity": "sha512-') == lock.count('"node_modules/')
