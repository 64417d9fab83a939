"""What the launcher tells the person at the terminal: steps with their seconds, plain words when something is wrong."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class LauncherError(Exception):
    """Something the person can mend; said without a traceback."""


def say(text: str = "") -> None:
    """One line, at once (also through a pipe)."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def warn(text: str) -> None:
    """One line on the error channel."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


class Steps:
    """A list of steps with seconds; remembers how many of them went into downloads."""

    def __init__(self, began: float | None = None, downloads: float = 0.0) -> None:
        """Take over the clock of the half that ran before, if any."""
        self.began = time.time() if began is None else began
        self.downloads = downloads

    @contextmanager
    def step(self, title: str, *, is_download: bool = False) -> Iterator[None]:
        """Name the step first, its seconds when it is over."""
        sys.stdout.write(f"  {title} … ")
        sys.stdout.flush()
        begin = time.monotonic()
        try:
            yield
        except BaseException:
            say("did not work")
            raise
        seconds = time.monotonic() - begin
        if is_download:
            self.downloads += seconds
        say(f"{seconds:.1f} s")

    def total(self) -> str:
        """The seconds so far, downloads apart."""
        seconds = time.time() - self.began
        if self.downloads < 1:
            return f"{seconds:.0f} s"
        return f"{seconds - self.downloads:.0f} s, and {self.downloads:.0f} s of downloads"
