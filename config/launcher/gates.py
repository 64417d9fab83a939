"""`./kith check`, `test`, `bench` and `manage`: what runs, and on which services."""

import fcntl
import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from config.launcher.application import environment_for
from config.launcher.browser import browser_make
from config.launcher.compose_schema import schema_fetch
from config.launcher.keeping import secrets_read
from config.launcher.places import LOGS, MEMORY, PYTHON, ROOT, STATE, VENV, is_memory_roomy
from config.launcher.printing import LauncherError, Steps, say
from config.launcher.services import Services
from config.launcher.translations import translations_compile
from config.launcher.up import alone, told_of_running

BEGUN, PASSING = "kith-begun", "kith-passing"
CODE = ("config", "tenants", "crm", "analytics", "manage.py")
CLIENT = ("clients/python/src", "clients/python/tests", "clients/python/generate.py")
APART = ("--config-file", "clients/python/pyproject.toml", "--cache-dir", ".mypy_cache/client")  # two run at once
HOUSE_RULES = "house rules"
CHECKS: dict[str, Sequence[str | Path]] = {
    "mypy --strict": ["-m", "mypy", *CODE],  # the longest begins
    "ruff": ["-m", "ruff", "check", "--output-format", "concise", "."],
    "who imports whom": [VENV / "bin" / "lint-imports", "--no-cache"],
    "Django's check": ["manage.py", "check", "--fail-level", "WARNING"],
    "Django's check for production": ["manage.py", "check", "--deploy", "--fail-level", "WARNING"],
    "migrations complete": ["manage.py", "makemigrations", "--check", "--dry-run", "--no-input"],
    HOUSE_RULES: ["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_house_rules.py"],
    "mypy --strict, the Python client": ["-m", "mypy", *APART, *CLIENT],
}
# House rules are among the tests; and what pytest makes of their modules is written down once for all its workers.
BEFORE_TESTS = {name: command for name, command in CHECKS.items() if name != HOUSE_RULES} | {
    "every test is found": ["-m", "pytest", "--collect-only", "-qq"]
}
NOT_OURS = {"DJANGO_SETTINGS_MODULE", "PYTHONDONTWRITEBYTECODE"}
PRODUCTION = {"KITH_PRODUCTION": "1", "PUBLIC_HOST": "kith.example", "SECRET_KEY": secrets.token_urlsafe(50)}


def check(told: Mapping[str, str], checks: Mapping[str, Sequence[str | Path]] = CHECKS) -> int:
    """The static gate, a core each: one line each; the whole answer of those that fail."""
    translations_compile()
    with ThreadPoolExecutor(os.cpu_count()) as cores:
        passed = list(cores.map(lambda name: is_passed(name, checks[name], told), checks))
    failed = [name for name, is_good in zip(checks, passed, strict=True) if not is_good]
    named = f" ({', '.join(failed)})" if failed else ""
    say(f"check: {len(checks) - len(failed)} passed, {len(failed)} failed{named}")
    return 1 if failed else 0


def is_passed(name: str, command: Sequence[str | Path], told: Mapping[str, str]) -> bool:
    """Run one check."""
    environment = environment_clean() | dict(told) | (PRODUCTION if "--deploy" in command else {})
    begin = time.monotonic()
    done = subprocess.run(
        [PYTHON, *command], cwd=ROOT, capture_output=True, text=True, env=environment, stdin=subprocess.DEVNULL
    )
    line = f"  {'ok    ' if done.returncode == 0 else 'FAILED'} {name} {time.monotonic() - begin:.1f} s"
    say("\n".join([line, (done.stdout + done.stderr).strip()]) if done.returncode else line)
    return done.returncode == 0


def environment_clean() -> dict[str, str]:
    """The caller's environment without a settings module, which each tool's own configuration names.

    Compiled Python is kept whatever the caller says: four workers of pytest would each make all of it anew."""
    return {name: value for name, value in os.environ.items() if name not in NOT_OURS}


def python_run(arguments: list[str], environment: dict[str, str]) -> int:
    """Run a program of the virtual environment, its words straight to the terminal."""
    return subprocess.run([PYTHON, *arguments], cwd=ROOT, env=environment).returncode


@contextmanager
def passing_services(steps: Steps, *, is_lasting: bool) -> Iterator[dict[str, str]]:
    """A database and a broker of our own, gone afterwards; beside a running Kith they do not disturb it."""
    killed_runs_clear()
    place = MEMORY if not is_lasting and is_memory_roomy() else STATE
    folder = Path(tempfile.mkdtemp(prefix=f"{BEGUN}-", dir=place))
    folder.chmod(0o711)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = folder.rename(folder.with_name(folder.name.replace(BEGUN, PASSING)))
        services = Services(folder, secrets_read(), is_lasting=is_lasting)
        try:
            with steps.step("Start a database and a broker for this run"):
                services.start(folder / "data")
            (folder / "tmp").mkdir()
            yield services.told | {"KITH_STATE_DIR": str(folder), "TMPDIR": str(folder / "tmp")}
        finally:
            services.stop()
            services.forget()
            shutil.rmtree(folder, ignore_errors=True)


def killed_runs_clear() -> None:
    """Remove what killed runs left: folders of ours whose lock nobody holds any more."""
    for folder in (found for place in (STATE, MEMORY) for found in place.glob(f"{PASSING}-*")):
        if folder.lstat().st_uid != os.geteuid():  # memory is everybody's
            continue
        with (folder / "lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            shutil.rmtree(folder, ignore_errors=True)


def test(rest: list[str], steps: Steps) -> int:
    """The static gate and every test; with arguments for pytest, those tests alone."""
    told = browser_make(steps) | schema_fetch(steps)
    translations_compile()
    with passing_services(steps, is_lasting=False) as services:
        environment = environment_clean() | services | told
        if rest:
            return python_run(["-m", "pytest", *rest], environment)
        # The databases that tests copy are made meanwhile; whoever needs one before it stands waits for it.
        with subprocess.Popen([PYTHON, "-m", "tests"], cwd=ROOT, env=environment):
            failed = check(services, BEFORE_TESTS)
            status = python_run(["-m", "pytest", "-n", "4", "--dist", "worksteal"], environment)
    return status or failed


def check_alone(steps: Steps) -> int:
    """The static gate; the check of migrations looks at a database, though an empty one."""
    with passing_services(steps, is_lasting=False) as services:
        return check(services)


def bench(rest: list[str], steps: Steps) -> int:
    """One benchmark by name, or all; each is a module of tests/benchmarks that prints its figures."""
    names = [path.stem.removeprefix("bench_") for path in sorted((ROOT / "tests" / "benchmarks").glob("bench_*.py"))]
    chosen, arguments = rest[:1] or names, rest[1:]
    if unknown := [name for name in chosen if name not in names]:
        raise LauncherError(f"There is no benchmark {unknown[0]}. There are: {', '.join(names) or 'none yet'}")
    translations_compile()
    status = 0
    for name in chosen:
        say(f"\n{name}")
        with passing_services(steps, is_lasting=True) as services:
            command = ["-m", "config.launcher.benchmarking", f"bench_{name}", *arguments]
            status |= python_run(command, environment_clean() | services)
    return status


def manage(rest: list[str]) -> int:
    """Django's command line on the running services; when none run, they are started for this command."""
    translations_compile()
    if (told := told_of_running()) is not None:
        return python_run(["manage.py", *rest], environment_for(told))
    with alone():
        services = Services(LOGS, secrets_read())
        try:
            services.start(STATE / "data")
            return python_run(["manage.py", *rest], environment_for(services.told))
        finally:
            services.stop()
