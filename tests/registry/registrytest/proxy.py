# SPDX-License-Identifier: MIT
"""A proxy in front of a registry that notes every request and misbehaves as a test asks for."""

import collections
import http.client
import http.server
import socket
import threading
import time

Request = collections.namedtuple("Request", "method path headers")
HOP = {"connection", "transfer-encoding", "content-length", "date", "server"}


def copy(source, target):
    """All bytes from one socket to another, until there are no more."""
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class Proxy:
    """`fault(handler, request)` is asked first; when it returns True it answered by itself."""

    def __init__(self, upstream=None, tunnels=None):
        self.upstream = upstream  # "host:port"; None: only faults answer
        self.tunnels = tunnels or {}  # of a proxy of the network: "name:port" → "host:port"
        self.requests = []
        self.fault = None
        self.lock = threading.Lock()
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                request = Request(self.command, self.path, dict(self.headers.items()))
                with proxy.lock:
                    proxy.requests.append(request)
                if not (proxy.fault and proxy.fault(self, request)):
                    self.forward()

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer

            def forward(self):
                self.deliver(*self.ask())

            def do_CONNECT(self):
                with proxy.lock:
                    proxy.requests.append(Request("CONNECT", self.path,
                                                  dict(self.headers.items())))
                target = proxy.tunnels.get(self.path)
                if not target:
                    self.send_error(502)
                    return
                host, port = target.split(":")
                with socket.create_connection((host, int(port)), timeout=60) as there:
                    self.send_response_only(200)
                    self.end_headers()
                    back = threading.Thread(target=copy, args=(there, self.connection))
                    back.start()
                    copy(self.connection, there)
                    back.join()
                self.close_connection = True

            def ask(self, headers=()):
                """What the registry says: status, headers, body."""
                upstream, path = proxy.upstream, self.path
                if path.startswith("http://"):  # to a proxy of the network
                    name, path = path[len("http://"):].split("/", 1)
                    upstream, path = proxy.tunnels[name], "/" + path
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length) if length else None
                sent = {k: v for k, v in self.headers.items() if k.lower() != "host"}
                sent.update(headers)
                sent["Host"] = f"127.0.0.1:{proxy.port}"
                connection = http.client.HTTPConnection(upstream, timeout=60)
                connection.request(self.command, path, body, sent)
                response = connection.getresponse()
                answer = response.status, response.getheaders(), response.read()
                connection.close()
                return answer

            def deliver(self, status, headers, body, length=None):
                """Sends an answer; `length` is what it promises, when that is not the truth."""
                self.send_response(status)
                names = {k.lower(): v for k, v in headers}
                for name, value in headers:
                    if name.lower() not in HOP:
                        self.send_header(name, value)
                if self.command == "HEAD" and "content-length" in names:
                    self.send_header("Content-Length", names["content-length"])
                else:
                    self.send_header("Content-Length", len(body) if length is None else length)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def cut(self, status, headers, body, at):
                """Promises all, sends some, hangs up."""
                self.deliver(status, headers, body[:at], len(body))
                self.wfile.flush()
                self.close_connection = True
                self.connection.shutdown(2)

            def drip(self, status, headers, body, pieces, pause):
                self.deliver(status, headers, b"", len(body))
                step = max(1, len(body) // pieces)
                for at in range(0, len(body), step):
                    self.wfile.write(body[at:at + step])
                    self.wfile.flush()
                    time.sleep(pause)

            def say(self, status, text="", **headers):
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.deliver(status, [(k.replace("_", "-"), v) for k, v in headers.items()],
                             text.encode())

            def log_message(self, *_):
                pass

            def handle(self):
                try:
                    super().handle()
                except OSError:  # whoever asked has gone
                    pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.host = f"127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def seen(self, method, part):
        with self.lock:
            return [r for r in self.requests if r.method == method and part in r.path]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
