"""The containers' files against the code: no engine is at hand, so each name in them is looked up."""

import importlib.util
import json
import os
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from django.core.management import get_commands

from config.celery import QUEUES
from config.launcher.application import commands_of
from config.launcher.services import EXTENSIONS

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = DOCUMENT["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"] == "kith"}
DOCKERFILE = (ROOT / "Dockerfile").read_text()
SECRETS_SCRIPT = (ROOT / "docker" / "secrets.sh").read_text()


def words(service: dict[str, Any]) -> list[str]:
    """The words of a service's command; the image's own where it names none."""
    own = json.loads(re.sub(r"\\\n", "", DOCKERFILE.rpartition("CMD ")[2]))
    return [str(word) for word in service.get("command", own)]


def test_the_compose_file_fits_the_compose_schema() -> None:
    place = os.environ.get("COMPOSE_SCHEMA")
    assert place or not os.environ.get("CI"), "`./kith test` fetches the schema"
    if place:
        jsonschema.Draft201909Validator(json.loads(Path(place).read_text())).validate(DOCUMENT)


def test_the_check_against_the_schema_finds_a_mistake() -> None:
    if place := os.environ.get("COMPOSE_SCHEMA"):
        wrong = {**DOCUMENT, "services": {"web": {"image": "kith", "port": ["8000"]}}}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.Draft201909Validator(json.loads(Path(place).read_text())).validate(wrong)


@pytest.mark.parametrize("name", OURS)
def test_every_module_that_a_container_starts_exists(name: str) -> None:
    given = [*words(OURS[name]), *OURS[name].get("healthcheck", {}).get("test", [])]
    text = " ".join(given)
    modules = (
        re.findall(r"-m ([\w.]+)", text)
        + re.findall(r"--app ([\w.]+)", text)
        + re.findall(r"([\w.]+):application", text)
    )
    assert [module for module in modules if importlib.util.find_spec(module) is None] == []
    commands = re.findall(r"manage\.py (\w+)", text)
    assert set(commands) <= set(get_commands())
    assert modules or commands


def test_the_workers_take_every_queue_and_no_other() -> None:
    def queues(commands: list[list[str]]) -> list[str]:
        return sorted(q for c in commands if "--queues" in c for q in c[c.index("--queues") + 1].split(","))

    assert queues([words(service) for service in OURS.values()]) == sorted(QUEUES)
    assert queues(list(commands_of(8000).values())) == sorted(QUEUES)


def test_containers_and_the_launcher_run_the_same_processes() -> None:
    assert set(commands_of(8000)) == set(OURS) - {"migrate"}


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_read_by_the_code(name: str) -> None:
    code = "".join(path.read_text() for path in (ROOT / "config").rglob("*.py"))
    unread = [v for v in OURS[name]["environment"] if f'"{v.removesuffix("_FILE")}"' not in code]
    assert unread == []


@pytest.mark.parametrize("name", SERVICES)
def test_every_secret_comes_from_a_file_that_the_script_makes(name: str) -> None:
    given = SERVICES[name].get("secrets", [])
    assert set(given) <= set(DOCUMENT["secrets"])
    files = {Path(DOCUMENT["secrets"][secret]["file"]).name for secret in given}
    assert [file for file in files if f"secrets/{file}" not in SECRETS_SCRIPT] == []
    text = json.dumps(SERVICES[name])
    read = set(re.findall(r"/run/secrets/(\w+)", text))
    assert read <= set(given)
    assert not re.search(r"(PASSWORD|SECRET_KEY|_URL)\"", text), "a secret stands in the environment"


@pytest.mark.parametrize("name", OURS)
def test_our_containers_run_without_rights(name: str) -> None:
    service = OURS[name]
    account = re.search(r"--uid (\d+)", DOCKERFILE)
    assert account
    assert service["user"] == f"{account.group(1)}:{account.group(1)}"
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_every_lasting_container_has_a_health_check(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]


def test_ports_are_the_same_everywhere() -> None:
    assert re.findall(r"EXPOSE (\d+)", DOCKERFILE) == ["8000"]
    assert '"0.0.0.0:8000"' in DOCKERFILE
    assert [port.rpartition(":")[2] for port in SERVICES["web"]["ports"]] == ["8000"]
    assert SERVICES["web"]["healthcheck"]["test"][-1] == "8000"
    urls = dict(re.findall(r"@(\w+):(\d+)/", SECRETS_SCRIPT))
    assert urls == {"database": "5432", "broker": "6379"}
    assert set(urls) <= set(SERVICES)


def test_the_image_is_built_from_files_that_exist() -> None:
    copied = [part for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.M) for part in line.split()[:-1]]
    assert [part for part in copied if not (ROOT / part).exists()] == []
    mounted = [v.split(":")[0] for s in SERVICES.values() for v in s.get("volumes", []) if v.startswith("./")]
    assert mounted
    assert [path for path in mounted if not os.access(ROOT / path, os.X_OK)] == []
    volumes = {v.split(":")[0] for s in SERVICES.values() for v in s.get("volumes", []) if not v.startswith("./")}
    assert volumes == set(DOCUMENT["volumes"])


def test_the_database_is_set_up_as_the_launcher_does_it() -> None:
    script = (ROOT / "docker" / "database.sh").read_text()
    assert re.findall(r"CREATE EXTENSION (\w+) SCHEMA ext", script) == list(EXTENSIONS)
    assert "NOSUPERUSER" in script
    assert "SET search_path = ''" in script
    assert "postgres:18" in SERVICES["database"]["image"]
    assert "--builtin-locale=C.UTF-8" in SERVICES["database"]["environment"]["POSTGRES_INITDB_ARGS"]
    assert "--appendonly yes" in " ".join(SERVICES["broker"]["command"])
