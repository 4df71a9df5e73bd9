"""A mail server of our own, which remembers what it has taken on and can be told to misbehave."""

import asyncio
import email
import threading
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from config.local import ports

OK, SLOW, REFUSING, DYING = "ok", "slow", "refusing", "dying"
SLOW_SECONDS = 1.5


@dataclass
class Sink:
    """Listens on a port of its own; `taken` are the Message-IDs for which it has said 250."""

    port: int = field(default_factory=ports.choose)
    mode: str = OK
    taken: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._controller: Controller | None = None

    @property
    def url(self) -> str:
        """Return what EMAIL_URL must say."""
        return f"smtp://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen."""
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        """Be away, until `start`."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        """Take a message on, or not."""
        if self.mode == REFUSING:
            return "451 4.7.1 greylisted, try again"
        if self.mode == SLOW:
            await asyncio.sleep(SLOW_SECONDS)
        if self.mode == DYING:
            server.transport.abort()
            return "421 gone"
        message = email.message_from_bytes(envelope.content)
        with self._lock:
            # A long one is folded.
            self.taken.append(str(message["Message-ID"]).strip())
            self.texts.append(envelope.content.decode(errors="replace"))
        return "250 taken"
