#!/usr/bin/env python3
"""Makes a workspace whose packages come from a slow server on loopback, for .ci/check/pictures: `picture_server.py FOLDER`.

Prints a line when the lock file is there, then serves until it is ended. Python standard library only.
"""
import bz2
import hashlib
import http.server
import io
import json
import pathlib
import random
import sys
import tarfile
import time

# Name, version, megabytes, what it needs, licence.
PACKAGES = [
    ("hello", "1.4.0", 1, ["hello-data >=1.4", "liblanguages"], "MIT"),
    ("hello-data", "1.4.2", 9, ["compression"], "CC-BY-4.0"),
    ("liblanguages", "8.1", 6, ["compression", "tables >=3"], "LGPL-2.1-or-later"),
    ("compression", "1.3.1", 3, [], "Zlib"),
    ("tables", "3.2", 4, [], "BSD-3-Clause"),
]
# Bytes a second and connection.
RATE = 2 << 20


def package(name, version, size, depends, licence):
    """A conda package with one file nobody can compress."""
    content = random.Random(name).randbytes(size << 20)
    path = f"share/{name}/data"
    row = {"_path": path, "path_type": "hardlink", "sha256": hashlib.sha256(content).hexdigest(),
           "size_in_bytes": len(content)}
    index = {"name": name, "version": version, "build": "0", "build_number": 0, "subdir": "noarch",
             "noarch": "generic", "depends": depends, "license": licence}
    files = [
        ("info/index.json", json.dumps(index).encode()),
        ("info/paths.json", json.dumps({"paths": [row], "paths_version": 1}).encode()),
        (path, content),
    ]
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for file, data in files:
            info = tarfile.TarInfo(file)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return bz2.compress(out.getvalue(), 1)


class Handler(http.server.BaseHTTPRequestHandler):
    archives = {}

    def do_GET(self):
        data = self.archives.get(self.path.rsplit("/", 1)[-1])
        if data is None:
            return self.send_error(404)
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        step = RATE // 20
        for start in range(0, len(data), step):
            self.wfile.write(data[start : start + step])
            time.sleep(0.05)

    def log_message(self, *_arguments):
        pass


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    channel = f"http://127.0.0.1:{server.server_port}/channel"
    selected, records = "", ""
    for name, version, size, depends, licence in PACKAGES:
        data = package(name, version, size, depends, licence)
        file = f"{name}-{version}-0.tar.bz2"
        Handler.archives[file] = data
        selected += f"      - conda: {channel}/noarch/{file}\n"
        records += (
            f"- conda: {channel}/noarch/{file}\n  sha256: {hashlib.sha256(data).hexdigest()}\n  name: {name}\n"
            f"  version: \"{version}\"\n  build: \"0\"\n  build_number: 0\n  subdir: noarch\n  noarch: generic\n"
            f"  depends: {json.dumps(depends)}\n  license: {licence}\n  size: {len(data)}\n")
    (folder / "pixi.lock").write_text(
        f"version: 6\nenvironments:\n  default:\n    channels:\n    - url: {channel}/\n    packages:\n"
        f"      linux-64:\n{selected}packages:\n{records}")
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
