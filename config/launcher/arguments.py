"""The command line of `./kith`."""

import argparse
import os

COMMANDS = ("up", "stop", "test", "check", "bench", "manage")


def arguments_read(argv: list[str]) -> argparse.Namespace:
    """What was asked; what `test`, `bench` and `manage` do not know themselves is passed on in `rest`."""
    parser = argparse.ArgumentParser(prog="./kith", description="Runs, tests and measures Kith.", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    up = commands.add_parser("up", help="start everything; Ctrl-C ends it", allow_abbrev=False)
    up.add_argument(
        "--port", type=int, default=int(os.environ.get("PORT") or 8000), help="of the web pages (default 8000)"
    )
    up.add_argument("--no-demo", action="store_true", help="no demo company")
    commands.add_parser("stop", help="end what `up` started, from another terminal")
    commands.add_parser("test", help="the static gate and every test; further arguments go to pytest", add_help=False)
    commands.add_parser("check", help="the static gate alone")
    commands.add_parser("bench", help="a benchmark of tests/benchmarks, or all", add_help=False)
    commands.add_parser(
        "manage", help="Django's command line, for instance: ./kith manage tenant_open acme", add_help=False
    )
    known, rest = parser.parse_known_args(argv)
    if rest and known.command not in ("test", "bench", "manage"):
        parser.error(f"unknown argument: {' '.join(rest)}")
    known.rest = argv[argv.index(known.command) + 1 :] if known.command in ("test", "bench", "manage") else []
    return known
