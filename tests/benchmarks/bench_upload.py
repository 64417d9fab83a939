"""A body of a gigabyte into `POST /api/v1/bulk/jobs`, plain and packed, and what it costs the web processes in memory.

By hand: `python -m config.launcher.benchmarking bench_upload [megabytes]`.
"""

from __future__ import annotations

import http.client
import itertools
import json
import sys
import threading
import time
import zlib
from collections.abc import Iterable, Iterator

import psutil

from crm.core.actors import SYSTEM
from crm.team.services import api_key_create
from tenants.context import inside
from tenants.models import Tenant
from tests.benchmarks.bench_api import OURS, answered, gunicorn
from tests.database import database_copied

WHERE = "/api/v1/bulk/jobs?object=customers&filename=gigabyte.csv"
ROWS = 20_000


def table(size: int) -> Iterator[bytes]:
    """A file of customers of exactly so many bytes, in pieces."""
    yield (head := b"Name,Email,Phone,City\n")
    left = size - len(head)
    for start in itertools.count(0, ROWS):
        rows = "".join(
            f"Customer {n},c{n}@shop.example,+4722{n % 1_000_000:06},Oslo\n" for n in range(start, start + ROWS)
        ).encode()
        yield rows[:left]
        left -= len(rows)
        if left <= 0:
            return


def packed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same by gzip."""
    packer = zlib.compressobj(1, wbits=31)
    for piece in pieces:
        yield packer.compress(piece)
    yield packer.flush()


class Peak(threading.Thread):
    """Watches the memory of a server's processes."""

    def __init__(self, server: psutil.Process) -> None:
        super().__init__(daemon=True)
        self.server, self.most, self.is_over = server, 0, threading.Event()

    def run(self) -> None:
        """Until it is over."""
        while not self.is_over.wait(0.05):
            family = [self.server, *self.server.children(recursive=True)]
            self.most = max(self.most, max(process.memory_info().rss for process in family))


def sent(server: psutil.Process, headers: dict[str, str], pieces: Iterable[bytes], length: int) -> str:
    """One upload: its answer, its time and the largest process while it lasted."""
    peak = Peak(server)
    peak.start()
    began, line = time.perf_counter(), http.client.HTTPConnection("127.0.0.1", OURS, timeout=3600)
    line.request("POST", WHERE, body=iter(pieces), headers={**headers, "Content-Length": str(length)})
    answer = line.getresponse()
    said = json.loads(answer.read())
    peak.is_over.set()
    peak.join()
    told = f"{said['size']:,} bytes kept" if answer.status == 202 else str(said.get("detail"))
    return f"{answer.status} in {time.perf_counter() - began:.0f} s, largest process {peak.most >> 20} MB: {told}"


def main() -> None:
    """Plain, packed, one byte too many, and a bomb."""
    size = (int(sys.argv[1]) << 20) if len(sys.argv) > 1 else 1 << 30
    with database_copied():
        tenant = Tenant.objects.get(schema_name="t_a")
        with inside(tenant):
            _, plain = api_key_create("bench", actor=SYSTEM, scopes=["*"])
        auth = {"Host": "tenant-a.localhost", "Authorization": f"Bearer {plain}"}
        csv, gzip = auth | {"Content-Type": "text/csv"}, {"Content-Encoding": "gzip"}
        bomb = list(packed(b"x" * (1 << 20) for _ in range(1024)))
        with gunicorn("config.wsgi:application", OURS, "tests.settings") as server:
            answered(OURS, "/api/v1/me", auth)
            idle = max(process.memory_info().rss for process in server.children(recursive=True))
            print(f"idle: largest process {idle >> 20} MB", flush=True)
            print("plain:", sent(server, csv, table(size), size), flush=True)
            length = sum(map(len, packed(table(size))))
            print(f"gzip ({length >> 20} MB):", sent(server, csv | gzip, packed(table(size)), length), flush=True)
            print("a bomb:", sent(server, csv | gzip, bomb, sum(map(len, bomb))), flush=True)
            print("a byte more than 1 GB:", sent(server, csv, (), (1 << 30) + 1), flush=True)


if __name__ == "__main__":
    main()
