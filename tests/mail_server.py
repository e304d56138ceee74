"""A mail server on the loopback address that keeps what it is handed, and answers as a test tells it to."""

from __future__ import annotations

import socketserver
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from typing import cast

ANSWERS = {
    "EHLO": "250 mail.example",
    "MAIL": "250 sender ok",
    "RCPT": "250 recipient ok",
    "QUIT": "221 goodbye",
}


@dataclass
class MailServer:
    """What came in, and how to answer: `on_recipient` the address of each, `on_mail` each mail before it is acknowledged."""

    port: int = 0
    mails: list[Message] = field(default_factory=list)
    on_recipient: Callable[[str], str] = lambda _address: ANSWERS["RCPT"]
    on_mail: Callable[[Message], str] = lambda _mail: "250 taken"

    @property
    def url(self) -> str:
        """What EMAIL_URL is for it."""
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def times(self) -> Counter[str]:
        """How often each Message-ID came."""
        return Counter(mail["Message-ID"] for mail in self.mails)


class _Conversation(socketserver.StreamRequestHandler):
    """One client, from greeting to goodbye."""

    @property
    def owner(self) -> MailServer:
        return cast("_Server", self.server).owner

    def handle(self) -> None:
        self.say("220 mail.example")
        while line := self.rfile.readline().decode().strip():
            verb = line[:4].upper()
            if verb == "DATA":
                self.say("354 go on")
                self.say(self.take())
            elif verb == "RCPT":
                self.say(self.owner.on_recipient(line.partition("<")[2].partition(">")[0]))
            else:
                self.say(ANSWERS.get(verb, "250 ok"))
            if verb == "QUIT":
                return

    def take(self) -> str:
        lines = iter(self.rfile.readline, b".\r\n")
        mail = message_from_bytes(
            b"".join(line.removeprefix(b".") if line.startswith(b"..") else line for line in lines)
        )
        self.owner.mails.append(mail)
        return self.owner.on_mail(mail)

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    owner: MailServer

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed is no error here."""


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """Yield a running server."""
    with _Server(("127.0.0.1", 0), _Conversation) as server:
        server.owner = MailServer(port=server.server_address[1])
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield server.owner
        server.shutdown()
