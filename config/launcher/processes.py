"""Processes that the launcher starts, finds again and ends: known by number and moment of start, never by name."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from config.embedded import Account
from config.launcher.places import ROOT

PR_SET_PDEATHSIG = 1
KEPT_LOG = 5_000_000


def boot() -> str:
    """Names this run of the machine: numbers of processes mean nothing beyond it."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def stat(pid: int) -> list[str]:
    """The kernel's fields of a process from its state on; nothing when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


@dataclass(frozen=True)
class Identity:
    """One process, safe against a number that was given out again."""

    pid: int
    started: str
    boot: str

    @classmethod
    def of(cls, pid: int) -> "Identity":
        """Of a process that runs now."""
        fields = stat(pid)
        return cls(pid, fields[19] if fields else "gone", boot())

    def is_alive(self) -> bool:
        """Whether that very process still runs."""
        fields = stat(self.pid)
        return bool(fields) and fields[0] != "Z" and fields[19] == self.started and boot() == self.boot

    def signal(self, number: int) -> None:
        """Send a signal, if it is still that process."""
        if self.is_alive():
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return


def session_members(leader: Identity) -> list[Identity]:
    """What a process left behind in its session (the workers of a killed master)."""
    if boot() != leader.boot:
        return []
    members = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            fields = stat(int(folder.name))
            if fields and fields[3] == str(leader.pid) and int(fields[19]) >= int(leader.started):
                members.append(Identity(int(folder.name), fields[19], leader.boot))
    return members


def processes_end(identities: Sequence[Identity], *, number: int = signal.SIGTERM, patience: float = 20) -> None:
    """Ask, wait, then insist."""
    for identity in identities:
        identity.signal(number)
    deadline = time.monotonic() + patience
    while any(identity.is_alive() for identity in identities) and time.monotonic() < deadline:
        time.sleep(0.05)
    for identity in identities:
        identity.signal(signal.SIGKILL)


def end_with_parent(number: int) -> Callable[[], None]:
    """Runs in the child before its program: Linux shall send it this signal when the launcher dies, however it dies."""
    libc = ctypes.CDLL(None)

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, number)

    return ask


@dataclass
class Child:
    """A program that belongs to this run."""

    name: str
    process: subprocess.Popen[bytes]
    identity: Identity
    log: Path
    stop_signal: int

    def stop(self, patience: float = 20) -> None:
        """End it and whatever it started."""
        self.identity.signal(self.stop_signal)
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        processes_end(session_members(self.identity), patience=5)

    def last_words(self, lines: int = 15) -> str:
        """The end of its log."""
        return "\n".join(self.log.read_text(errors="replace").strip().splitlines()[-lines:])


def child_start(
    name: str,
    command: Sequence[str | Path],
    *,
    log: Path,
    environment: Mapping[str, str],
    account: Account | None = None,
    stop_signal: int = signal.SIGTERM,
) -> Child:
    """Start a program in a session of its own (Ctrl-C reaches the launcher alone), its output into a log."""
    if log.exists() and log.stat().st_size > KEPT_LOG:
        log.replace(log.with_suffix(".log.old"))
    with log.open("ab") as output:
        process = subprocess.Popen(  # the callback runs in a process without threads
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/" if account else ROOT,
            env=dict(environment),
            start_new_session=True,
            preexec_fn=end_with_parent(stop_signal),
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    return Child(name, process, Identity.of(process.pid), log, stop_signal)
