"""Usage: token_server.py FOLDER: gives tokens to those who want to speak to a registry (Docker's token protocol).

Makes FOLDER/token.crt, which the registry is to trust, prints its port, then writes to FOLDER/tokens of each token who asked for it, how
and for what. The user joe, with the password s3cret, and whoever has the identity token left-by-a-login may push; everybody may pull.
"""
import base64
import http.server
import json
import os
import subprocess
import sys
import time
import urllib.parse

os.chdir(sys.argv[1])
subprocess.run(
    ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "token.key", "-out", "token.crt", "-days", "2",
     "-subj", "/CN=tokens"], check=True, capture_output=True)
CERTIFICATE = subprocess.run(
    ["openssl", "x509", "-in", "token.crt", "-outform", "der"], check=True, capture_output=True).stdout


def text(value):
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(service, access):
    now = int(time.time())
    head = {"typ": "JWT", "alg": "RS256", "x5c": [base64.b64encode(CERTIFICATE).decode()]}
    claims = {"iss": "tokens", "sub": "", "aud": service, "exp": now + 300, "nbf": now - 10, "iat": now, "jti": str(now),
              "access": access}
    signed = f"{text(head)}.{text(claims)}"
    signature = subprocess.run(
        ["openssl", "dgst", "-sha256", "-sign", "token.key"], input=signed.encode(), check=True, capture_output=True).stdout
    return f"{signed}.{text(signature)}"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, fields, user, name):
        access = []
        scopes = [scope for value in fields.get("scope", []) for scope in value.split(" ")]
        for scope in scopes:
            kind, repository, actions = scope.split(":")
            allowed = [action for action in actions.split(",") if action == "pull" or user]
            access.append({"type": kind, "name": repository, "actions": allowed})
        with open("tokens", "a") as log:
            log.write(f"{self.command} {user or '-'} {' '.join(scopes)}\n")
        content = json.dumps({name: token(fields["service"][0], access), "expires_in": 300}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self):
        login = "Basic " + base64.b64encode(b"joe:s3cret").decode()
        user = "joe" if self.headers.get("Authorization") == login else None
        self.answer(urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query), user, "token")

    def do_POST(self):
        fields = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        known = fields.get("refresh_token") == ["left-by-a-login"] and fields.get("grant_type") == ["refresh_token"]
        self.answer(fields, "login" if known else None, "access_token")


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
