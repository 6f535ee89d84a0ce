"""What the servers share: HTTP on a port of this machine, a log of requests, faults on demand, control from outside.

Beside its own addresses every server answers `POST /control` (a JSON object of changes) and `GET /requests` (the log).
Neither is logged, and no fault touches them.
"""

import argparse
import json
import os
import signal
import socket
import struct
import sys
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import faults
from messages import Answer, Request, json_answer
from service import BadControl, Service

LONGEST_ADDRESS = 8190
"""What web servers commonly take in one line; longer lists of ids must be posted."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    service: Service

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        address = urlsplit(self.path)
        if address.path == "/requests":
            self._send(json_answer(self.service.log))
        elif address.path == "/control":
            self._send(self._controlled(body))
        elif address.path == faults.LOOP:
            self._send(faults.redirection())
        elif len(self.path) > LONGEST_ADDRESS:
            page = b"<html><head><title>414 Request-URI Too Large</title></head></html>"
            self._send(Answer(page, status=414, content_type="text/html"))
        else:
            fields = parse_qs(address.query, keep_blank_values=True)
            if body:
                fields |= parse_qs(body.decode(), keep_blank_values=True)
            parameters = {name: ",".join(values) for name, values in fields.items()}
            endpoint = self.service.endpoint(address.path)
            agent = self.headers.get("User-Agent", "")
            request = Request(self.command, address.path, endpoint, parameters, agent, self.client_address[0])
            self._send(self.service.respond(request))

    def _controlled(self, body: bytes) -> Answer:
        try:
            self.service.control(json.loads(body))
        except (BadControl, KeyError, TypeError) as error:
            return json_answer({"error": f"{type(error).__name__}: {error}"}, status=400)
        return json_answer({})

    def _send(self, answer: Answer) -> None:
        if answer.delivery == "stall":
            time.sleep(answer.seconds)
        if answer.delivery in ("stall", "reset"):
            # Closing without lingering sends a reset; `finish` closes what else holds the connection.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
            return
        self.send_response_only(answer.status, HTTPStatus(answer.status).phrase)
        self.send_header("Date", self.date_time_string())
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if answer.delivery == "cut":
            self.wfile.write(answer.body[: len(answer.body) // 2])
            self.close_connection = True
        elif answer.delivery == "drip":
            self._drip(answer)
        else:
            self.wfile.write(answer.body)

    def _drip(self, answer: Answer, pieces: int = 20) -> None:
        size = max(1, len(answer.body) // pieces)
        for start in range(0, len(answer.body), size):
            self.wfile.write(answer.body[start : start + size])
            self.wfile.flush()
            time.sleep(answer.seconds / pieces)

    def log_message(self, *_: Any) -> None:
        """The log is kept by the service."""


class Server(ThreadingHTTPServer):
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is none; anything else is a mistake of ours and is shown."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def main(service: Service, description: str) -> None:
    """Serve until standard input closes or the process is asked to end."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--records", type=Path, help="JSON Lines, a record a line")
    parser.add_argument("--ready", type=Path, help="a file to write the address to, too, once the server answers")
    options = parser.parse_args()
    if options.records:
        with options.records.open("rb") as lines:
            service.control_records([json.loads(line) for line in lines])
    server = Server(("127.0.0.1", options.port), type("Bound", (Handler,), {"service": service}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))  # at once: taking a large store apart takes seconds
    address = f"http://127.0.0.1:{server.server_port}/\n"
    if options.ready:
        waiting = options.ready.with_name(options.ready.name + ".part")
        waiting.write_text(address, encoding="utf-8")
        os.replace(waiting, options.ready)
    sys.stdout.write(address)
    sys.stdout.flush()
    sys.stdin.buffer.read()
    os._exit(0)
