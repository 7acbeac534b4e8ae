#!/usr/bin/env python3
"""An emulator of Google Cloud Storage, for tests.

Needs the Python package gcp-storage-emulator. Prints "port N"; for each JSON line on standard input
({"key": ..., "text": ...} or {"key": ..., "file": ...}) it then puts an object into the bucket "packages" and prints "{}".
"""

import json
import logging
import sys
import urllib.parse
import urllib.request

from gcp_storage_emulator.server import create_server


def content(item):
    """The bytes of an object: those of a file, or a text."""
    if "file" in item:
        with open(item["file"], "rb") as file:
            return file.read()
    return item["text"].encode()


logging.disable(logging.CRITICAL)
server = create_server("127.0.0.1", 0, in_memory=True, default_bucket="packages")
server.start()
while server._api._httpd is None:
    pass
port = server._api._httpd.server_port
print("port", port, flush=True)
for line in sys.stdin:
    item = json.loads(line)
    place = f"http://127.0.0.1:{port}/packages/{urllib.parse.quote(item['key'])}"
    request = urllib.request.Request(place, data=content(item), method="PUT")
    urllib.request.urlopen(request).read()
    print("{}", flush=True)
server.stop()
