"""Where one seed's stack stands: small disks of its own, a clock that can be set, a seeded copy."""

import json
import os
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from config.local import environment, ports, processes
from tests.chaos.load import Person
from tests.stack.running import Stack

HERE = Path(__file__).parent
DISKS: Mapping[str, str] = {
    "home": "512m",
    "pg": "1g",
    "wal": "400m",
    "spool1": "400m",
    "spool2": "400m",
}
MIB = 1024 * 1024
PEOPLE = """
import json
from accounts.actions import issue_token
from accounts.models import Institution, InstitutionKind, Role, TokenScope, User
told = []
for number in range(1, 4):
    place, _ = Institution.objects.update_or_create(finess=f"75990010{number}", defaults={
        "name": f"Hôpital {number}", "kind": InstitutionKind.HOSPITAL, "department": "75",
        "city": "Paris"})
    User.objects.update_or_create(username=f"dr.{number}", defaults={
        "first_name": "Ada", "last_name": f"Nr {number}", "email": f"dr.{number}@example.invalid",
        "role": Role.DOCTOR, "profession": "Médecin", "institution": place, "department": "75",
        "is_active": True})
for name in ("dr.1", "dr.2", "dr.3", "ph.bernard", "dr.martin", "evaluateur"):
    user = User.objects.get(username=name)
    scopes = [TokenScope.DECLARATIONS_WRITE, TokenScope.DECLARATIONS_READ]
    if name == "evaluateur":
        scopes.append(TokenScope.WORKLIST_READ)
    if user.role == Role.HOSPITAL_PHARMACIST:
        scopes.append(TokenScope.REQUESTS_WRITE)
    _, secret = issue_token(user, scopes, days=30)
    told.append({"user": name, "sender": str(user.public_id), "token": secret,
                 "asks": user.role == Role.HOSPITAL_PHARMACIST})
print(json.dumps(told))
"""


@dataclass(frozen=True)
class Template:
    """A stopped stack with its people and their tokens, to be copied for each seed."""

    folder: Path
    people: tuple[Person, ...]

    @property
    def declarants(self) -> list[Person]:
        """Return who sends."""
        return [one for one in self.people if one.user != "evaluateur"]

    @property
    def reviewer(self) -> Person:
        """Return who asks."""
        return next(one for one in self.people if one.user == "evaluateur")


@contextmanager
def template() -> Iterator[Template]:
    """Start a stack on an empty folder once, give it people, and keep what it leaves."""
    root = Path(tempfile.mkdtemp(prefix="chaos-template-"))
    root.chmod(0o755)
    stack = Stack(root / "data", {"SPOOL_ON_ANY": "1", "DEMO": "1", "LOG_LEVEL": "WARNING"})
    try:
        stack.start(180)
        told = stack.manage("shell", "--verbosity", "0", "-c", PEOPLE)
        people = tuple(Person(**one) for one in json.loads(told.stdout.splitlines()[-1]))
        _settled(stack)
        stack.stop()
        yield Template(root / "data", people)
    finally:
        stack.end()
        shutil.rmtree(root, ignore_errors=True)


def _settled(stack: Stack) -> None:
    """Wait until the log is remembered outside, and the projections are at its end."""

    def seen() -> bool:
        told = stack.manage("replay", "--status", "--json", check=False)
        return told.returncode == 0 and all(
            one["lag"] == 0 for one in json.loads(told.stdout)["projections"]
        )

    assert processes.wait_until(seen, 60, pause=1), stack.said()


@dataclass
class Ground:
    """The folders of one seed; `mounts` says whether they are small disks of their own."""

    root: Path
    mounts: bool
    shim: Path | None

    @property
    def home(self) -> Path:
        """Return DATA_DIR."""
        return self.root / "home" / "data"

    @property
    def spools(self) -> list[Path]:
        """Return SPOOL_DIRS."""
        return [self.root / name / "spool" for name in ("spool1", "spool2")]

    def environ(self) -> dict[str, str]:
        """Return what the stack is told of this ground."""
        # What a test run says of deadlines is not for services that are judged by theirs.
        told = {
            "INTAKE_DEADLINE_MS": "500",
            "SPOOL_DIRS": ":".join(map(str, self.spools)),
            "SPOOL_ON_ANY": "1",
            "DEMO": "1",
        }
        if self.shim:
            told |= {"LD_PRELOAD": str(self.shim), "CLOCK_SHIFT_FILE": str(self.root / "shift")}
        return told

    def set_clock(self, seconds: int) -> None:
        """Let the services' clocks stand so many seconds apart from everybody else's."""
        with (self.root / "shift").open("r+b") as file:
            file.write(struct.pack("l", seconds))

    def fill(self, disk: str, leave: int = 0) -> None:
        """Take all the room of one disk but `leave` bytes."""
        place = self.root / disk
        free = os.statvfs(place).f_bavail * os.statvfs(place).f_frsize - leave
        with (place / "filling").open("wb") as file, suppress(OSError):
            os.posix_fallocate(file.fileno(), 0, max(free, 1))
        if leave:
            return
        # The last crumbs, whoever freed them meanwhile.
        with suppress(OSError), (place / "filling").open("ab") as file:
            while True:
                file.write(bytes(4096))
                file.flush()

    def free(self, disk: str) -> None:
        """Give the room back."""
        (self.root / disk / "filling").unlink(missing_ok=True)

    def copy(self, made: Template) -> None:
        """Put a copy of the seeded stack on these disks, under ports that are free."""
        files = self.root / "pg" / "files"
        subprocess.run(["cp", "-a", made.folder, self.home], check=True)
        subprocess.run(["cp", "-a", made.folder / "postgres", files], check=True)
        shutil.rmtree(self.home / "postgres")
        (self.home / "postgres").symlink_to(files)
        if self.mounts:
            subprocess.run(
                ["cp", "-a", files / "pg_wal", self.root / "wal" / "pg_wal"], check=True
            )
            shutil.rmtree(files / "pg_wal")
            (files / "pg_wal").symlink_to(self.root / "wal" / "pg_wal")
            (self.root / "wal").chmod(0o755)
        for folder in ("spool", "spool2"):
            kept = self.home / folder
            if kept.exists():
                shutil.rmtree(kept)
        # Two copies side by side would answer for each other.
        (self.home / "ports.json").unlink(missing_ok=True)
        environment.keep_port(self.home, ports.choose())


@contextmanager
def ground(made: Template) -> Iterator[Ground]:
    """Make the disks, copy the seeded stack there, and take everything away in the end."""
    root = Path(tempfile.mkdtemp(prefix="chaos-"))
    root.chmod(0o755)
    mounted: list[Path] = []
    try:
        for name, size in DISKS.items():
            (root / name).mkdir(mode=0o755)
            options = f"size={size},mode=755"
            done = subprocess.run(
                ["mount", "-t", "tmpfs", "-o", options, "tmpfs", root / name],
                capture_output=True, check=False,
            )  # fmt: skip
            if done.returncode == 0:
                mounted.append(root / name)
        (root / "shift").write_bytes(struct.pack("l", 0))
        made_ground = Ground(root, len(mounted) == len(DISKS), _shim(root))
        made_ground.copy(made)
        yield made_ground
    finally:
        for place in mounted:
            subprocess.run(["umount", "-l", place], check=False)
        shutil.rmtree(root, ignore_errors=True)


def _shim(root: Path) -> Path | None:
    """Compile the clock that can be set; None where there is no compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    made = root / "shift.so"
    source = HERE / "shift.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", made, source], check=True)
    return made
