"""A web server on the loopback interface to download from: nginx where there is one, else Python's own."""
import functools
import http.server
import os
import pathlib
import shutil
import socket
import subprocess
import threading
import time


class WebServer:
    def __init__(self, root: pathlib.Path):
        nginx = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
        self.nginx = self.python = None
        if nginx:
            self.name = "nginx"
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.port = probe.getsockname()[1]
            self.nginx = self.start(nginx, root)
        else:
            self.name = "Python's own server, which limits both"
            handler = functools.partial(QuietHandler, directory=str(root))
            self.python = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
            self.port = self.python.server_address[1]
            threading.Thread(target=self.python.serve_forever, daemon=True).start()

    def start(self, nginx: str, root: pathlib.Path) -> subprocess.Popen:
        place = root / "nginx"
        place.mkdir(exist_ok=True)
        paths = "".join(f"{kind}_temp_path {place}/{kind};" for kind in
                        ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        user = "user root;" if os.geteuid() == 0 else ""
        (place / "nginx.conf").write_text(
            f"{user} daemon off; master_process off; worker_processes 1; pid {place}/pid; error_log {place}/error.log;"
            f"events {{ worker_connections 1024; }}"
            f"http {{ access_log off; sendfile on; keepalive_requests 100000; {paths}"
            f"server {{ listen 127.0.0.1:{self.port}; root {root}; }} }}")
        server = subprocess.Popen([nginx, "-e", place / "error.log", "-p", place, "-c", place / "nginx.conf"])
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return server
            time.sleep(0.05)
        raise SystemExit(f"nginx does not answer, see {place}/error.log")

    def stop(self) -> None:
        if self.nginx:
            self.nginx.terminate()
            self.nginx.wait()
        if self.python:
            self.python.shutdown()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_arguments) -> None:
        pass
