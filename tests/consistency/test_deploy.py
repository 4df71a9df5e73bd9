"""What deploy/ says exists: variables, modules, commands, files."""

import importlib.util
import re
import shlex
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest
import yaml
from django.core.management import get_commands

from events.promotion import Databases

ROOT = Path(__file__).resolve().parent.parent.parent
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("vigilance-*.service"))
# Written beside this folder: TLS, and the secrets of a site.
NOT_HERE = {"tls", "keys", "databases.json"}
# Of the images of PostgreSQL and RabbitMQ, and of standby.sh.
FOREIGN = ("POSTGRES_", "RABBITMQ_", "PGPASSWORD", "PRIMARY")


@pytest.fixture(scope="module")
def compose() -> dict:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


@pytest.fixture(scope="module")
def known() -> set[str]:
    example = (ROOT / ".env.example").read_text()
    return set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE)) | {"DATABASE_ADMIN_URL"}


def test_every_service_has_a_program_and_comes_back(compose):
    for name, service in compose["services"].items():
        assert "image" in service, name
        if name != "operator":
            assert service["restart"] == "always", name


def test_every_variable_of_the_containers_is_one_of_ours(compose, known):
    used = {
        variable
        for service in compose["services"].values()
        for variable in service.get("environment", {})
        if not variable.startswith(FOREIGN)
    }
    assert used - known == set()


def test_every_secret_is_in_the_example(compose):
    text = (DEPLOY / "compose.yaml").read_text()
    needed = set(re.findall(r"\$\{([A-Z0-9_]+)\}", text))
    given = set(
        re.findall(r"^([A-Z_]+)=", (DEPLOY / "site.env.example").read_text(), re.MULTILINE)
    )
    assert needed == given


def test_pages_workers_and_operators_name_the_same_people_and_agency(compose):
    source = (ROOT / "config" / "settings" / "__init__.py").read_text()
    pattern = r'environ\.get\("((?:ON_CALL|AGENCY)_[A-Z_]+)", "(.*?)"\)'
    defaults = dict(re.findall(pattern, source))
    assert len(defaults) == 7
    example = (DEPLOY / "site.env.example").read_text()
    assert set(defaults) <= set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE))
    given = dict(re.findall(r"^([A-Z_]+)=(.*)$", example, re.MULTILINE))
    elsewhere = {name: f"{name}, or another" for name in defaults}
    told = {
        name: service["environment"]
        for name, service in compose["services"].items()
        if "SECRET_KEY" in service.get("environment", {})
    }
    parts = {f"{node}-{part}" for node in ("n1", "n2") for part in ("intake", "web", "drain")}
    assert set(told) == {*parts, "worker", "slow-worker", "operator"}
    for environment in told.values():
        assert {name: filled_in(environment[name], given) for name in defaults} == defaults
        assert {name: filled_in(environment[name], elsewhere) for name in defaults} == elsewhere


def test_volumes_and_files_exist(compose):
    for service in compose["services"].values():
        for volume in service.get("volumes", []):
            source = re.sub(r"\$\{\w+:-([^}]+)\}", r"\1", volume).partition(":")[0]
            if source.startswith("./"):
                assert (DEPLOY / source).exists() or Path(source).name in NOT_HERE, source
            else:
                assert source in compose["volumes"], source


def test_no_page_and_no_worker_holds_the_owner(compose):
    for name, service in compose["services"].items():
        environment = service.get("environment", {})
        if name == "operator":
            continue
        assert not {"DATABASE_OWNER_URL", "DATABASE_ADMIN_URL"} & set(environment), name
        if "worker" not in name:
            assert "DATABASE_PROJECTOR_URL" not in environment, name


def test_each_node_has_spools_of_its_own(compose):
    spools = {
        node: {volume for volume in compose["services"][f"{node}-intake"]["volumes"] if "spool" in volume}
        for node in ("n1", "n2")
    }  # fmt: skip
    assert all(len(found) == 2 for found in spools.values())
    assert not spools["n1"] & spools["n2"]


def test_every_container_runs_what_exists(compose):
    ours = [one for one in compose["services"].values() if one["image"] == "pharmacovigilance"]
    assert len(ours) >= 8
    for service in ours:
        exists(service["command"])


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_every_unit_runs_what_exists(unit):
    [line] = re.findall(r"^ExecStart=(.+)$", unit.read_text(), re.MULTILINE)
    command = shlex.split(line)
    if command[0].endswith("/systemctl"):
        named = {word for word in command if word.startswith("vigilance-")}
        assert named <= {path.name for path in UNITS}
        return
    exists(command)


def test_every_beacon_greets_the_mail_and_knows_whom_to_call(compose):
    [unit] = [one for one in UNITS if one.stem == "vigilance-beacon"]
    [line] = re.findall(r"^ExecStart=(.+)$", unit.read_text(), re.MULTILINE)
    found = [
        shlex.split(line),
        *(compose["services"][f"{n}-beacon"]["command"] for n in ("n1", "n2")),
    ]
    for command in found:
        assert {"--mail", "--on-call"} <= set(command)


def exists(command: list[str]) -> None:
    assert command[0].endswith("python"), command
    if command[1] == "manage.py":
        assert command[2] in get_commands()
        return
    assert command[1] == "-m"
    assert importlib.util.find_spec(command[2]) is not None
    for word in command:
        if word.startswith("config."):
            assert importlib.util.find_spec(word) is not None


def test_the_example_of_databases_is_one():
    found = msgspec.json.decode(
        (DEPLOY / "databases.example.json").read_bytes(), type=Databases, strict=True
    )
    assert [node.name for node in found.nodes] == ["db1", "db2"]
    for node in found.nodes:
        assert f"{node.data}.fenced" in " ".join(node.stop)
        assert f"{node.data}.fenced" in (DEPLOY / "systemd" / "postgresql-fenced.conf").read_text()


def ports_of(command: list[str]) -> dict[str, str]:
    """Return the ports of a front's command line: where it listens, what lies behind it."""
    told = {word: command[place + 1] for place, word in enumerate(command) if word[:2] == "--"}
    return {
        "listen": told["--listen"].rpartition(":")[2],
        "intake": told["--intake"].partition(":")[0],
        "web": told["--web"].partition(":")[0],
    }


def upstream_of_nginx() -> str:
    [port] = re.findall(r"server 127\.0\.0\.1:(\d+);", (DEPLOY / "nginx.conf").read_text())
    return port


@pytest.mark.parametrize(("node", "other"), [("n1", "n2"), ("n2", "n1")])
def test_the_parts_of_a_node_find_each_other(compose, node, other):
    services = compose["services"]
    ports = ports_of(services[node]["command"])
    for name in ("intake", "web"):
        assert f"--bind=127.0.0.1:{ports[name]}" in services[f"{node}-{name}"]["command"]
    for name in ("intake", "web", "tls", "beacon"):
        assert services[f"{node}-{name}"]["network_mode"] == f"service:{node}"
    assert upstream_of_nginx() == ports["listen"]
    assert any(
        one.startswith("./nginx.conf:/etc/nginx/nginx.conf:")
        for one in services[f"{node}-tls"]["volumes"]
    )
    beacon = services[f"{node}-beacon"]["command"]
    assert beacon[beacon.index("--web") + 1] == f"127.0.0.1:{ports['listen']}"
    told = services[f"{node}-intake"]["environment"]
    assert told["NODE_NAME"] == node
    assert told["PEERS"] == f"http://{other}:{ports['listen']}"
    assert node in told["ALLOWED_HOSTS"].split(",")
    assert beacon[beacon.index("--peer") + 1] == told["PEERS"]


def filled_in(text: str, given: dict[str, str]) -> str:
    """Return a value of compose.yaml as Docker Compose fills it in, innermost first."""
    pattern = re.compile(r"\$\{(\w+)(?::-([^${}]*))?\}")
    while found := pattern.search(text):
        value = given.get(found[1]) or found[2] or ""
        text = text[: found.start()] + value + text[found.end() :]
    return text


@pytest.mark.parametrize(
    ("node", "more"), [("n1", {}), ("n2", {}), ("n2", {"N2_STATUS_URL": "https://s2.example:8/x"})]
)
def test_what_the_front_refuses_points_to_a_status_page(compose, node, more):
    example = (DEPLOY / "site.env.example").read_text()
    given = dict(re.findall(r"^([A-Z_]+)=(.*)$", example, re.MULTILINE))
    # The site's own address may have a port, and speaks TLS where a beacon does not.
    given |= {"PUBLIC_URL": "https://pharmacovigilance.example:8443"} | more
    command = compose["services"][node]["command"]
    url = filled_in(command[command.index("--status-url") + 1], given)
    assert url == more.get(f"{node.upper()}_STATUS_URL", given["STATUS_URL"])
    if not more:
        parts = urlsplit(url)
        assert (parts.scheme, parts.port, parts.path) == ("http", 8001, "/status")


@pytest.mark.parametrize("node", ["n1", "n2"])
def test_each_status_page_tries_the_database_of_its_pages(compose, node):
    beacon, pages = (compose["services"][f"{node}-{name}"] for name in ("beacon", "web"))
    url = beacon["environment"]["DATABASE_URL"]
    assert url == pages["environment"]["DATABASE_URL"]
    # The file by which a promotion tells every node of another server lies beside its folder.
    folder = beacon["command"][beacon["command"].index("--folder") + 1]
    assert str(Path(folder).parent) == pages["environment"]["DATA_DIR"]
    assert [one for one in pages["volumes"] if one.endswith(":/data")] == beacon["volumes"]


def test_the_unit_of_the_status_page_is_told_its_database():
    unit = (DEPLOY / "systemd" / "vigilance-beacon.service").read_text()
    assert re.search(r"^# DATABASE_URL=.*\nEnvironmentFile=/etc/vigilance/beacon.env$", unit, re.M)
    assert "`beacon.env` holds `DATABASE_URL`" in (ROOT / "docs" / "operations.md").read_text()


def test_the_units_of_a_node_find_each_other():
    def command(name: str) -> list[str]:
        unit = (DEPLOY / "systemd" / f"vigilance-{name}.service").read_text()
        return shlex.split(re.findall(r"^ExecStart=(.+)$", unit, re.MULTILINE)[0])

    ports = ports_of(command("front"))
    assert ports["listen"] == upstream_of_nginx()
    for name in ("intake", "web"):
        assert f"--bind=127.0.0.1:{ports[name]}" in command(name)
    beacon = command("beacon")
    assert beacon[beacon.index("--web") + 1] == f"127.0.0.1:{ports['listen']}"
