"""manage.py standby attach: a server that follows the primary, on the machine where its files are."""

import json
import subprocess
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from psycopg.conninfo import make_conninfo
from typing_extensions import override

from config.local import standby
from config.local.postgres import Cluster, PostgresFailedError, owner_of, wheel_binaries
from config.local.standby import Primary
from events import promotion
from events.management.operator import DONE, PARTIAL, OperatorCommand
from events.promotion import Databases, Node


class Command(OperatorCommand):
    """Make a stopped server the standby of the primary, and commits wait for it."""

    help = __doc__ or ""
    examples = """\
  manage.py standby attach --node db1                the old primary, after a promotion
  manage.py standby attach --node db2 --primary db1  the first time

Its own files are taken back to where the two parted (pg_rewind); where that cannot be, they are
set aside as <data>.before and copied anew. The primary is the one of log-identity.json.
"""

    @override
    def arguments(self, parser: CommandParser) -> None:
        """Add the server."""
        parser.add_argument("action", choices=["attach"])
        parser.add_argument("--node", required=True, metavar="NAME", help="of databases.json")
        parser.add_argument("--primary", metavar="NAME", help="where no promotion has written it")

    @override
    def run(self, **options: Any) -> tuple[dict[str, Any], int]:
        """Attach, start, wait for it; exit 3 when it was attached and does not follow yet."""
        databases = promotion.configured()
        node = databases.node(options["node"])
        primary = self._primary(databases, options["primary"])
        if primary == node:
            raise CommandError(f"{node.name} is the primary: promote another one first")
        if not node.data:
            raise CommandError(f"{node.name} has no `data` in {promotion.FILE}")
        source = Primary(make_conninfo(primary.admin, host=primary.host, port=primary.port))
        try:
            how, why = standby.attach(self._cluster(node), source, node.name)
        except (PostgresFailedError, OSError) as refusal:
            raise CommandError(str(refusal)) from refusal
        names = [one.name for one in databases.nodes if one != primary]
        answer = {"node": node.name, "primary": primary.name, "how": how, "why": why}
        try:
            self._start(node)
            standby.make_synchronous(source, names)
        except PostgresFailedError as late:
            return answer | {"synchronous": False, "late": str(late)}, PARTIAL
        return answer | {"synchronous": True}, DONE

    def _start(self, node: Node) -> None:
        if not node.start:
            return
        try:
            subprocess.run(node.start, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # fmt: skip
        except (OSError, subprocess.CalledProcessError) as failure:
            message = f"the start command of {node.name} failed: {failure}"
            raise PostgresFailedError(message) from failure

    def _cluster(self, node: Node) -> Cluster:
        data = Path(node.data)
        return Cluster(
            data=data,
            log=data.with_name(data.name + ".log"),
            password="",
            port=node.port,
            owner=owner_of(data),
            binaries=Path(node.binaries) if node.binaries else wheel_binaries(),
        )

    def _primary(self, databases: Databases, name: str | None) -> Node:
        path = Path(settings.LOG_IDENTITY_FILE)
        if not path.exists():
            if name:
                return databases.node(name)
            raise CommandError("no promotion has said who is the primary: give --primary")
        named = self._named(databases, path)
        if name not in {None, named.name}:
            raise CommandError(f"{named.name} is the primary by {path}, and not {name}")
        return named

    def _named(self, databases: Databases, path: Path) -> Node:
        told = json.loads(path.read_text())
        for node in databases.nodes:
            if (node.host, node.port) == (told["host"], told["port"]):
                return node
        raise CommandError(f"{promotion.FILE} does not name the server of {path.name}")
