"""Compiles the catalogues of translated text (a bare machine has no `msgfmt`)."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from config.launcher.places import ROOT
from config.launcher.static_files import PACKAGES


def sources(root: Path) -> list[Path]:
    """Every catalogue of ours."""
    return sorted(file for package in PACKAGES for file in (root / package).rglob("locale/*/LC_MESSAGES/*.po"))


def translations_compile(root: Path = ROOT) -> int:
    """Compile every catalogue that is newer than its compiled form; says how many."""
    count = 0
    for source in sources(root):
        compiled = source.with_suffix(".mo")
        if compiled.exists() and compiled.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        with source.open("rb") as text:
            catalogue = read_po(text)
        half = compiled.with_suffix(".half")
        with half.open("wb") as binary:
            write_mo(binary, catalogue)
        half.replace(compiled)
        count += 1
    return count


if __name__ == "__main__":
    translations_compile()
