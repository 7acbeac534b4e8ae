"""Usage: old_registry.py PORT FOLDER: a registry of before version 1.1 of the OCI specifications, by way of the one at PORT.

A manifest or list with 'artifactType' is refused with 400 MANIFEST_INVALID, and there is no list of referrers. Prints its own
port. FOLDER/refused has a line for each manifest that was refused.
"""
import http.client
import http.server
import json
import os
import sys

target = int(sys.argv[1])
os.chdir(sys.argv[2])


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, headers, body):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def error(self, status, code):
        body = json.dumps({"errors": [{"code": code, "message": "unknown field artifactType"}]}).encode()
        self.answer(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))], body)

    def forward(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if "/referrers/" in self.path:
            return self.error(404, "NOT_FOUND")
        if self.command == "PUT" and "/manifests/" in self.path and b'"artifactType"' in body:
            with open("refused", "a") as log:
                log.write(self.path + "\n")
            return self.error(400, "MANIFEST_INVALID")
        connection = http.client.HTTPConnection("127.0.0.1", target)
        connection.request(self.command, self.path, body, dict(self.headers))
        reply = connection.getresponse()
        content = reply.read()
        headers = [(n, v) for n, v in reply.getheaders() if n.lower() not in ("transfer-encoding", "connection", "content-length")]
        length = reply.getheader("Content-Length", "0") if self.command == "HEAD" else str(len(content))
        self.answer(reply.status, headers + [("Content-Length", length)], content)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = forward


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
