"""A name server for tests: real packets over UDP and TCP on the loopback address, with whatever answer."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

Reply = Callable[[dns.message.Message], "dns.message.Message | bytes | None"]


def both_kinds() -> tuple[socket.socket, socket.socket]:
    """A socket for datagrams and one for connections on one port: free for one may not be free for both."""
    for _attempt in range(50):
        tcp = socket.create_server(("127.0.0.1", 0))
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            udp.bind(tcp.getsockname())
        except OSError:
            udp.close()
            tcp.close()
        else:
            return udp, tcp
    raise OSError("no port is free for both")


class NameServer:
    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.asked: list[str] = []
        self.udp, self.tcp = both_kinds()
        self.port: int = self.udp.getsockname()[1]
        for target in (self._serve_udp, self._serve_tcp):
            threading.Thread(target=target, daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def _answer(self, packet: bytes, *, tcp: bool) -> bytes | None:
        query = dns.message.from_wire(packet)
        self.asked.append(query.question[0].name.to_text())
        said = self.reply(query)
        if not isinstance(said, dns.message.Message):
            return said
        try:
            return said.to_wire(max_size=65535 if tcp else 1232)
        except dns.exception.TooBig:
            short = dns.message.make_response(query)
            short.flags |= dns.flags.TC
            return short.to_wire()

    def _serve_udp(self) -> None:
        while True:
            try:
                packet, sender = self.udp.recvfrom(4096)
                answer = self._answer(packet, tcp=False)
                if answer is not None:
                    self.udp.sendto(answer, sender)
            except OSError:
                return

    def _serve_tcp(self) -> None:
        while True:
            try:
                connection, _sender = self.tcp.accept()
            except OSError:
                return
            with connection:
                (length,) = struct.unpack("!H", connection.recv(2))
                answer = self._answer(connection.recv(length), tcp=True)
                if answer is not None:
                    connection.sendall(struct.pack("!H", len(answer)) + answer)

    def close(self) -> None:
        for each in (self.udp, self.tcp):
            each.close()


@contextmanager
def serving(reply: Reply) -> Iterator[NameServer]:
    server = NameServer(reply)
    try:
        yield server
    finally:
        server.close()


def texts(*values: str, name: str = "") -> Reply:
    """Answers every question with these TXT records, each as the zone file writes it."""

    def reply(query: dns.message.Message) -> Any:
        response = dns.message.make_response(query, recursion_available=True)
        owner = name or query.question[0].name
        response.answer.append(dns.rrset.from_text(owner, 60, "IN", "TXT", *values))
        return response

    return reply


def failing(code: int) -> Reply:
    def reply(query: dns.message.Message) -> Any:
        response = dns.message.make_response(query, recursion_available=True)
        response.set_rcode(dns.rcode.Rcode(code))
        return response

    return reply


def silent(query: dns.message.Message) -> None:
    return None
