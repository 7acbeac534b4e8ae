#!/usr/bin/env python3
"""An HTTP server that misbehaves on command, for tests. Python standard library only.

    fault_server.py [--tls CERT KEY] [--host NAME]

Prints "port N" when it listens, then obeys one JSON command per line on standard input and answers each with one JSON
line on standard output; it ends with its standard input.

    {"do": "file", "path": "/a", "size": 1000, "seed": 7}      content made from the seed; answers its hashes
    {"do": "text", "path": "/a", "text": "..."}                content given
    {"do": "faults", "path": "/a", "faults": [FAULT, ...]}     one per request, in order; afterwards all is well
    {"do": "log"}                                              what was asked so far, and the most requests at once
    {"do": "clear"}                                            forgets the log
    {"do": "keys", "access": A, "secret": S}                   from now on GETs need an AWS signature (version 4) with
                                                               these keys that fits the raw path and the Host header

FAULT is an object; without "kind" the request is answered well. Kinds: status (code, retry_after), reset (at byte N),
truncate (at byte N, Content-Length promises all), close (before any answer), stall (at byte N, seconds), drip (bytes,
pause), wrong (content differs in a byte), short (a shorter file, well formed), long (a longer one), understated (all
bytes come, Content-Length promises half of them), no-range (the whole file in spite of
Range), bad-range (another range than asked for), gzip (Content-Encoding unasked), redirect (to, code),
no-length (no Content-Length, ends after N bytes), garbage (no HTTP at all), await (file: at byte N nothing comes until
it exists, for a minute at most).
"""

import argparse
import gzip
import hashlib
import hmac
import json
import os
import random
import socket
import socketserver
import ssl
import struct
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler

contents, faults, log, keys = {}, {}, [], {}
lock = threading.Lock()
now_active, most_active = 0, 0


def signature_fits(path, headers):
    """Whether the request is signed with our keys: written from the description of Signature Version 4."""
    scheme, _, rest = headers.get("Authorization", "").partition(" ")
    fields = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
    if scheme != "AWS4-HMAC-SHA256" or "Credential" not in fields:
        return False
    access, date, region, service, end = fields["Credential"].split("/")
    signed = fields["SignedHeaders"].split(";")
    if access != keys["access"] or "host" not in signed or not headers["x-amz-date"].startswith(date):
        return False
    lines = ["GET", path, ""] + [f"{name}:{headers[name].strip()}" for name in signed]
    lines += ["", fields["SignedHeaders"], headers["x-amz-content-sha256"]]
    scope = "/".join([date, region, service, end])
    text = "\n".join(
        ["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, hashlib.sha256("\n".join(lines).encode()).hexdigest()])
    key = ("AWS4" + keys["secret"]).encode()
    for part in (date, region, service, end):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest() == fields["Signature"]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def do_CONNECT(self):
        """A proxy's tunnel: everything goes to this server's own port, whatever host was asked for."""
        with lock:
            log.append({"method": "CONNECT", "path": self.path, "headers": dict(self.headers)})
        upstream = socket.create_connection(("127.0.0.1", tunnel_port or self.server.server_address[1]))
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        self.wfile.flush()

        def pump(source, target):
            try:
                while data := source.recv(65536):
                    target.sendall(data)
                target.shutdown(socket.SHUT_WR)
            except OSError:
                pass

        thread = threading.Thread(target=pump, args=(upstream, self.connection), daemon=True)
        thread.start()
        pump(self.connection, upstream)
        thread.join()
        self.close_connection = True

    def do_POST(self):
        length = int(self.headers.get("Content-Length", "0"))
        self.body = self.rfile.read(length).decode("latin-1")
        self.do_GET()

    def do_PUT(self):
        self.do_POST()

    def do_GET(self):
        global now_active, most_active
        with lock:
            now_active += 1
            most_active = max(most_active, now_active)
            log.append(
                {"method": self.command, "path": self.path, "headers": dict(self.headers),
                 "body": getattr(self, "body", "")})
            queue = faults.get(self.path) or faults.get("*") or []
            fault = queue.pop(0) if queue else {}
        try:
            self.answer(fault)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            with lock:
                now_active -= 1

    def answer(self, fault):
        kind = fault.get("kind")
        path = self.path
        if path.startswith("http://"):  # asked as a proxy
            path = "/" + path.split("/", 3)[3]
        if kind == "close":
            self.close_connection = True
            return
        if kind == "garbage":
            self.wfile.write(b"\x00\x01this is not HTTP\r\n\r\n")
            self.close_connection = True
            return
        if kind == "sleep":
            time.sleep(fault["seconds"])
        if kind == "status":
            return self.answer_status(fault)
        if kind == "redirect":
            self.send_response(fault.get("code", 302))
            self.send_header("Location", fault["to"])
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if keys and self.command == "GET" and not signature_fits(self.path, self.headers):
            fault = {"kind": "status", "code": 403, "text": "SignatureDoesNotMatch"}
            return self.answer_status(fault)
        if path not in contents:
            self.send_response(404)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"none")
            return
        self.send_content(contents[path], kind, fault)

    def answer_status(self, fault):
        body = fault.get("text", "no").encode()
        self.send_response(fault["code"])
        if "retry_after" in fault:
            self.send_header("Retry-After", str(fault["retry_after"]))
        for name, value in fault.get("headers", {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def send_content(self, body, kind, fault):
        tag = '"' + hashlib.md5(body).hexdigest() + '"'
        if not kind and self.headers.get("If-None-Match") == tag:
            self.send_response(304)
            self.send_header("ETag", tag)
            self.end_headers()
            return
        if kind == "wrong":
            body = bytes([body[0] ^ 1]) + body[1:]
        if kind == "short":
            body = body[: len(body) // 2]
        if kind == "long":
            body = body + body[: len(body) // 3]
        if kind == "gzip":
            body = gzip.compress(body)
        start, total = 0, len(body)
        wanted = self.headers.get("Range", "")
        if wanted.startswith("bytes=") and kind != "no-range" and self.headers.get("If-Range", tag) == tag:
            start = int(wanted[6:].split("-")[0])
            if start >= total:
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{total}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            if kind == "bad-range":
                start = max(0, start - 1)
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        else:
            self.send_response(200)
        if kind == "gzip":
            self.send_header("Content-Encoding", "gzip")
        if not fault.get("no_tag"):
            self.send_header("ETag", tag)
        part = body[start:]
        if kind == "no-length":
            self.send_header("Connection", "close")
            self.close_connection = True
        else:
            length = len(part) // 2 if kind == "understated" else fault.get("length", len(part))
            self.send_header("Content-Length", str(length))
        if kind in ("understated", "overstated"):
            self.close_connection = True
        self.end_headers()
        at = max(0, fault.get("at", 0) - start) if "at" in fault else len(part)
        if kind in ("reset", "truncate", "stall", "no-length"):
            self.wfile.write(part[:at])
            self.wfile.flush()
            if kind == "stall":
                time.sleep(fault.get("seconds", 60))
            if kind == "reset":
                time.sleep(0.02)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
            self.close_connection = True
        elif kind == "await":
            self.wfile.write(part[:at])
            self.wfile.flush()
            end = time.monotonic() + 60
            while not os.path.exists(fault["file"]) and time.monotonic() < end:
                time.sleep(0.02)
            if os.path.exists(fault["file"]):
                self.wfile.write(part[at:])
            else:
                self.close_connection = True
        elif kind == "drip":
            step = fault.get("bytes", 100)
            for position in range(0, len(part), step):
                self.wfile.write(part[position : position + step])
                self.wfile.flush()
                time.sleep(fault.get("pause", 0.01))
        else:
            self.wfile.write(part)


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 512

    def handle_error(self, request, client_address):
        pass


def obey(command):
    what = command["do"]
    if what == "file":
        body = random.Random(command["seed"]).randbytes(command["size"])
        contents[command["path"]] = body
    elif what == "text":
        body = command["text"].encode()
        contents[command["path"]] = body
    elif what == "faults":
        faults[command["path"]] = list(command["faults"])
        return {}
    elif what == "log":
        with lock:
            return {"requests": list(log), "most": most_active}
    elif what == "keys":
        keys.update(access=command["access"], secret=command["secret"])
        return {}
    elif what == "clear":
        with lock:
            log.clear()
        return {}
    else:
        return {"error": "unknown command"}
    return {"sha256": hashlib.sha256(body).hexdigest(), "md5": hashlib.md5(body).hexdigest(), "size": len(body)}


parser = argparse.ArgumentParser()
parser.add_argument("--tls", nargs=2)
parser.add_argument("--tunnel-to", type=int, default=0)
arguments = parser.parse_args()
tunnel_port = arguments.tunnel_to
server = Server(("127.0.0.1", 0), Handler)
if arguments.tls:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*arguments.tls)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
threading.Thread(target=server.serve_forever, daemon=True).start()
print("port", server.server_address[1], flush=True)
for line in sys.stdin:
    print(json.dumps(obey(json.loads(line))), flush=True)
