"""Second half of the launcher, inside the virtual environment."""

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

from config.embedded import EmbeddedError
from config.launcher.arguments import arguments_read
from config.launcher.gates import bench, check_alone, manage, test
from config.launcher.printing import LauncherError, Steps, warn
from config.launcher.up import stop, up


def end(number: int, frame: FrameType | None) -> NoReturn:
    """A request to end unwinds what was begun, as Ctrl-C does."""
    raise KeyboardInterrupt


def main() -> int:
    """Do what was asked; what a person can mend is said without a traceback."""
    arguments = arguments_read(sys.argv[1:])
    signal.signal(signal.SIGTERM, end)
    steps = Steps(float(os.environ.pop("KITH_BEGAN", "0")) or None, float(os.environ.pop("KITH_DOWNLOADS", "0")))
    commands: dict[str, Callable[[], int]] = {
        "up": lambda: up(arguments.port, has_demo=not arguments.no_demo, steps=steps),
        "stop": stop,
        "check": lambda: check_alone(steps),
        "test": lambda: test(arguments.rest, steps),
        "bench": lambda: bench(arguments.rest, steps),
        "manage": lambda: manage(arguments.rest),
    }
    try:
        return commands[arguments.command]()
    except (LauncherError, EmbeddedError) as error:
        warn(f"\n{error}")
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
