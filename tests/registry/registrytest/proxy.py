# SPDX-License-Identifier: MIT
"""A proxy in front of a registry that notes every request and misbehaves as a test asks for."""

import collections
import http.client
import http.server
import threading
import time

Request = collections.namedtuple("Request", "method path headers")
HOP = {"connection", "transfer-encoding", "content-length", "date", "server"}


class Proxy:
    """`fault(handler, request)` is asked first; when it returns True it answered by itself."""

    def __init__(self, upstream=None):
        self.upstream = upstream  # "host:port"; None: only faults answer
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

            def ask(self, headers=()):
                """What the registry says: status, headers, body."""
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length) if length else None
                sent = {k: v for k, v in self.headers.items() if k.lower() != "host"}
                sent.update(headers)
                sent["Host"] = f"127.0.0.1:{proxy.port}"
                connection = http.client.HTTPConnection(proxy.upstream, timeout=60)
                connection.request(self.command, self.path, body, sent)
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
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def seen(self, method, part):
        with self.lock:
            return [r for r in self.requests if r.method == method and part in r.path]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
