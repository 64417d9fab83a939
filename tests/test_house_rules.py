"""The rules of the house that no linter knows: sizes, names, words, calls, templates. Lists: tests/house/lists.py."""

import ast
import re
from itertools import pairwise

import pytest

from tests.house import lists
from tests.house.reading import ROOT, Function, files, is_within, name_of, sources

TEMPLATES = files(".html", ".txt")
INLINE_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")", re.IGNORECASE)
HANDLERS = re.compile(r"\s(on[a-z]+|hx-on[:\w-]*)\s*=", re.IGNORECASE)
STYLE = re.compile(r"\sstyle\s*=|<style", re.IGNORECASE)
UNSAFE = re.compile(r"\|\s*safe\b|\{%\s*autoescape off|javascript:", re.IGNORECASE)


def refuse(found: list[str], why: str = "") -> None:
    """Name every offender, not only the first."""
    if found:
        pytest.fail("\n".join([why, *found] if why else found), pytrace=False)


def test_no_file_is_longer_than_a_person_reads() -> None:
    long = [f"{s.path}: {n}" for s in sources() if (n := s.text.count("\n")) > lists.LINES_OF_A_FILE]
    long += [f"{p}: {n}" for p in files(".css", ".js") if (n := p.read_text().count("\n")) > lists.LINES_OF_A_FILE]
    long += [f"{p}: {n}" for p in TEMPLATES if (n := p.read_text().count("\n")) > lists.LINES_OF_A_TEMPLATE]
    refuse(long)


def test_no_function_is_longer_than_a_screen() -> None:
    def length(function: Function) -> int:
        return (function.end_lineno or 0) - function.lineno + 1

    long = [
        f"{s.path}:{f.lineno} {f.name}"
        for s in sources()
        for f in s.functions()
        if length(f) > lists.LINES_OF_A_FUNCTION
    ]
    refuse(long)


def test_every_file_name_says_what_the_file_holds() -> None:
    named = {path for s in sources() for path in (s.path,) if path not in lists.NAMES_BY_PROTOCOL}
    refuse([p for p in sorted(named) if lists.EMPTY_NAMES & set(p.removesuffix(".py").split("/"))])


def test_every_module_says_what_it_is() -> None:
    refuse([s.path for s in sources() if s.tree.body and not ast.get_docstring(s.tree)])


def test_every_public_class_says_what_it_is() -> None:
    def is_inner(name: str) -> bool:
        return name in {"Meta", "Media", "Command"} or name.startswith("_")

    silent = [
        f"{s.path}:{c.lineno} {c.name}"
        for s in sources()
        if not s.is_test
        for c in s.classes()
        if not is_inner(c.name) and not ast.get_docstring(c) and not is_plain(c)
    ]
    refuse(silent)


def is_plain(node: ast.ClassDef) -> bool:
    """A list of choices explains itself by its labels, an app by its package."""
    return any(name_of(parent).endswith(("Choices", "AppConfig")) for parent in node.bases)


def test_every_verb_says_what_it_does() -> None:
    verbs = [(s, f) for s in sources() for f in s.functions() if any(name_of(d) == "verb" for d in f.decorator_list)]
    refuse([f"{s.path}:{f.lineno} {f.name}" for s, f in verbs if not ast.get_docstring(f)])


def test_every_verb_takes_the_record_first_and_names_its_actor() -> None:
    verbs = [(s, f) for s in sources() for f in s.functions() if any(name_of(d) == "verb" for d in f.decorator_list)]
    wrong = [
        f"{s.path}:{f.lineno}"
        for s, f in verbs
        if len(f.args.args) != 1 or "actor" not in {a.arg for a in f.args.kwonlyargs}
    ]
    refuse(wrong)


def test_no_error_is_swallowed() -> None:
    def is_wide(handler: ast.ExceptHandler) -> bool:
        names = [handler.type] if not isinstance(handler.type, ast.Tuple) else handler.type.elts
        caught = {name_of(name) if name else "" for name in names}
        return bool(caught & {"", "Exception", "BaseException"}) and not isinstance(handler.body[-1], ast.Raise)

    def is_kept(handler: ast.ExceptHandler) -> bool:
        """A thread of a test hands its error over to the test."""
        return any(
            isinstance(node, ast.Name) and node.id == handler.name for part in handler.body for node in ast.walk(part)
        )

    wide = [
        f"{s.path}:{n.lineno}"
        for s in sources()
        for n in s.nodes
        if isinstance(n, ast.ExceptHandler) and is_wide(n) and not (s.is_test and is_kept(n))
    ]
    refuse(wide)


@pytest.mark.parametrize("name", lists.HOMES)
def test_some_calls_have_one_home(name: str) -> None:
    homes = lists.HOMES[name]
    found = [
        f"{s.path}:{c.lineno}"
        for s in sources()
        if not is_within(s.path, homes)
        for called, c in s.calls()
        if called == name
    ]
    refuse(found)


@pytest.mark.parametrize("name", lists.IMPORTS)
def test_some_imports_have_one_home(name: str) -> None:
    homes = lists.IMPORTS[name]
    found = [
        f"{s.path}:{statement.lineno}"
        for s in sources()
        if not is_within(s.path, homes)
        for full, statement in s.imports()
        if full == name or full.startswith(f"{name}.")
    ]
    refuse(found)


def test_imports_stand_at_the_top() -> None:
    late = [
        f"{s.path}:{node.lineno}"
        for s in sources()
        if not is_within(s.path, tuple(lists.LATE_IMPORTS))
        for f in s.functions()
        for node in ast.walk(f)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    refuse(late)


def test_sql_stands_in_named_modules() -> None:
    names = {"raw", "extra", "RawSQL", "cursor", "execute", "executemany", "copy"}
    found = [
        f"{s.path}:{c.lineno} {called}"
        for s in sources()
        if not is_within(s.path, tuple(lists.SQL_MODULES))
        for called, c in s.calls()
        if called in names and is_sql(called, c)
    ]
    refuse(found)


def is_sql(called: str, call: ast.Call) -> bool:
    """`copy` and `extra` are also words of other trades: only on a queryset or a cursor they speak SQL."""
    owner = name_of(call.func.value) if isinstance(call.func, ast.Attribute) else ""
    if called in {"copy", "execute", "executemany"}:
        return owner.rpartition(".")[2] in {"cursor", "connection", "db"}
    return called == "RawSQL" or isinstance(call.func, ast.Attribute)


def test_a_tenant_is_entered_through_inside_alone() -> None:
    found = [
        f"{s.path}:{node.lineno}"
        for s in sources()
        if not is_within(s.path, ("tenants/", "tests/"))
        for node in s.nodes
        if isinstance(node, ast.With)
        for item in node.items
        if isinstance(item.context_expr, ast.Name) and item.context_expr.id in {"tenant", "schema"}
    ]
    refuse(found)


def test_nothing_is_promised_in_comments() -> None:
    found = [
        f"{s.path}: {m.group()}"
        for s in sources()
        if s.path != "tests/house/lists.py"
        for m in re.finditer(lists.PROMISES, s.text)
    ]
    refuse(found)


def test_an_ignored_check_is_named_and_explained() -> None:
    comments = re.compile(r"#\s*(type:\s*ignore)(.*)")
    good = re.compile(r"\[[\w, -]+\].*#\s*\w+")
    found = [
        f"{s.path}:{number}"
        for s in sources()
        if not s.path.startswith("tests/test_house")
        for number, line in enumerate(s.text.splitlines(), 1)
        if (match := comments.search(line)) and not good.match(match.group(2))
    ]
    refuse(found)


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (STYLE, "the policy refuses inline style"),
        (INLINE_SCRIPT, "the policy refuses inline script"),
        (HANDLERS, "the policy refuses inline handlers"),
        (UNSAFE, "everything is escaped"),
    ],
    ids=["style", "script", "handlers", "safe"],
)
def test_templates_keep_the_content_policy(pattern: re.Pattern[str], why: str) -> None:
    found = [
        f"{p.relative_to(ROOT)}:{number}"
        for p in TEMPLATES
        for number, line in enumerate(p.read_text().splitlines(), 1)
        if pattern.search(line)
    ]
    refuse(found, why)


def test_test_names_are_sentences() -> None:
    names = [(s, f) for s in sources() if s.is_test for f in s.functions() if f.name.startswith("test_")]
    refuse([f"{s.path}:{f.lineno} {f.name}" for s, f in names if len(f.name.split("_")) < 3])


def test_no_test_is_skipped_or_faked() -> None:
    words = {"skip", "skipif", "xfail", "MagicMock", "Mock"}
    named = [
        f"{s.path}:{node.lineno}"
        for s in sources()
        if s.is_test
        for node in s.nodes
        if (isinstance(node, ast.Attribute) and node.attr in words) or (isinstance(node, ast.arg) and node.arg in words)
    ]
    refuse(named)


def test_no_test_is_timed() -> None:
    found = [
        f"{s.path}:{node.lineno}"
        for s in sources()
        if s.is_test and not s.path.startswith("tests/benchmarks/")
        for node in s.nodes
        if isinstance(node, ast.Assert)
        and any("perf_counter" in name_of(call.func) for call in ast.walk(node) if isinstance(call, ast.Call))
    ]
    refuse(found)


def test_migrations_are_named_by_what_they_do() -> None:
    named = [p for package in ("tenants", "crm", "analytics") for p in (ROOT / package).rglob("migrations/0*.py")]
    refuse([str(p.relative_to(ROOT)) for p in named if "_auto_" in p.name or not re.match(r"\d{4}_[a-z]", p.name)])
    numbers = [(p.parent, p.name[:4]) for p in sorted(named)]
    refuse([str(one[0]) for one, two in pairwise(numbers) if one == two])


def test_no_path_of_a_machine_is_written_down() -> None:
    homes = re.compile(r"/(work|root|home)/")
    texts = [
        *files(".py", ".html", ".css", ".js", ".md", ".toml", ".sh"),
        ROOT / "kith",
        ROOT / "Dockerfile",
        ROOT / "docker-compose.yml",
    ]
    found = [
        str(p.relative_to(ROOT))
        for p in texts
        if p.exists() and not p.name.startswith("test_house") and homes.search(p.read_text())
    ]
    refuse(found)
