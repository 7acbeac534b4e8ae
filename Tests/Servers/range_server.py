"""Usage: range_server.py FOLDER: serves the files of a folder over HTTP, with ranges; below /whole/ without them.

Prints its port, then writes each request and the range it asks for to FOLDER/requests.
"""
import http.server
import os
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        with open("requests", "a") as log:
            log.write(f"{self.path} {self.headers.get('Range', '-')}\n")
        path = self.path.lstrip("/")
        is_whole = path.startswith("whole/")
        path = path.removeprefix("whole/")
        if not os.path.isfile(path):
            self.send_response(404)
            self.send_header("Content-Length", "0")
            return self.end_headers()
        content = open(path, "rb").read()
        asked = self.headers.get("Range")
        if asked and not is_whole:
            start, _, end = asked.removeprefix("bytes=").partition("-")
            start, end = int(start), min(int(end or len(content) - 1), len(content) - 1)
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{end}/{len(content)}")
            content = content[start : end + 1]
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        try:
            self.wfile.write(content)
        except OSError:
            pass


os.chdir(sys.argv[1])
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
