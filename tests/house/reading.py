"""Our own files, read once."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("config", "tenants", "crm", "analytics", "clients", "tests")
LEFT_OUT = {"migrations", "node_modules", "__pycache__"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """A Python file of ours."""

    path: str
    text: str
    tree: ast.Module
    nodes: tuple[ast.AST, ...]

    @property
    def is_test(self) -> bool:
        """Whether it is part of the tests."""
        return self.path.startswith("tests/")

    def functions(self) -> Iterator[Function]:
        """Every function and method."""
        return (node for node in self.nodes if isinstance(node, Function))

    def classes(self) -> Iterator[ast.ClassDef]:
        """Every class, inner ones too."""
        return (node for node in self.nodes if isinstance(node, ast.ClassDef))

    def calls(self) -> Iterator[tuple[str, ast.Call]]:
        """Every call with the last part of the name that is called."""
        for node in self.nodes:
            if isinstance(node, ast.Call):
                yield name_of(node.func).rpartition(".")[2], node

    def imports(self) -> Iterator[tuple[str, ast.stmt]]:
        """Every imported thing by its full name."""
        for node in self.nodes:
            if isinstance(node, ast.Import):
                yield from ((alias.name, node) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from ((f"{node.module}.{alias.name}", node) for alias in node.names)


def name_of(node: ast.expr) -> str:
    """The dotted name of an expression, as far as it is one."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{name_of(node.value)}.{node.attr}"
    if isinstance(node, ast.Call):
        return name_of(node.func)
    return ""


@cache
def files(*endings: str) -> list[Path]:
    """Files of ours with one of these endings."""
    found = [path for package in PACKAGES for ending in endings for path in (ROOT / package).rglob(f"*{ending}")]
    return sorted(path for path in found if not LEFT_OUT & set(path.relative_to(ROOT).parts))


@cache
def sources() -> list[Source]:
    """Every Python file of ours, migrations left out."""
    return [source(path) for path in [ROOT / "manage.py", *files(".py")]]


def source(path: Path) -> Source:
    """One parsed file."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    return Source(path.relative_to(ROOT).as_posix(), text, tree, tuple(ast.walk(tree)))


def is_within(path: str, homes: tuple[str, ...]) -> bool:
    """Whether a path lies in one of these places."""
    return any(path.startswith(home) for home in homes)
