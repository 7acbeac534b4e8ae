"""Downloads over networks as sites have them, beside curl: slow connections, and a far server with many small files.

usage: network.py FOLDER_FOR_FILES FOLDER_OF_PROGRAMS [ROUNDS]

Needs nginx, curl, openssl and a C compiler. Prints a table; both get the same files from the same server through relay.c.
Ours also writes the pack, hashes every file and resumes; that the plan of the environment is made, too, which reads
every package, is left out.
"""
import bz2
import contextlib
import hashlib
import io
import json
import os
import pathlib
import random
import shutil
import socket
import subprocess
import sys
import tarfile
import time

import measure

HERE = pathlib.Path(__file__).resolve().parent


def package(name: str, size: int, noise: random.Random) -> bytes:
    """A .tar.bz2 package with one file of random bytes."""
    payload = noise.randbytes(size)
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        def add(path: str, content: bytes) -> None:
            info = tarfile.TarInfo(path)
            info.size, info.mode = len(content), 0o644
            tar.addfile(info, io.BytesIO(content))

        add("info/index.json", json.dumps({"name": name, "version": "1", "build": "0", "build_number": 0, "depends": [],
                                           "subdir": "linux-64"}).encode())
        add("info/paths.json", json.dumps({"paths": [{
            "_path": f"share/{name}", "path_type": "hardlink", "sha256": hashlib.sha256(payload).hexdigest(),
            "size_in_bytes": size}], "paths_version": 1}).encode())
        add(f"share/{name}", payload)
    return bz2.compress(raw.getvalue(), 1)


def make(folder: pathlib.Path, count: int, size: int) -> list:
    """Packages below `folder`, and what a lock file says of them."""
    folder.mkdir(parents=True, exist_ok=True)
    noise, entries = random.Random(count), []
    for number in range(count):
        name = f"p{number:05d}"
        content = package(name, size, noise)
        (folder / f"{name}-1-0.tar.bz2").write_bytes(content)
        entries.append((name, len(content), hashlib.sha256(content).hexdigest()))
    return entries


def write_lock(place: pathlib.Path, bases: list, entries: list) -> list:
    """A lock file whose packages lie at the bases in turn; returns the URLs."""
    place.mkdir(parents=True, exist_ok=True)
    urls = [f"{bases[i % len(bases)]}/{name}-1-0.tar.bz2" for i, (name, _, _) in enumerate(entries)]
    lines = ["version: 6", "environments:", "  default:", "    channels:", "    - url: https://channel.example/a/",
             "    packages:", "      linux-64:", *(f"      - conda: {url}" for url in urls), "packages:"]
    for url, (name, size, digest) in zip(urls, entries):
        lines += [f"- conda: {url}", f"  name: {name}", "  version: '1'", "  build: '0'", "  subdir: linux-64",
                  f"  sha256: {digest}", f"  size: {size}"]
    (place / "pixi.lock").write_text("\n".join(lines) + "\n")
    return urls


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def nginx(root: pathlib.Path):
    """Serves `root` by plain HTTP, by TLS with HTTP/1.1, and by TLS with HTTP/2; yields the ports by name."""
    place = root / "nginx"
    place.mkdir(exist_ok=True)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", place / "key.pem", "-out",
                    place / "cert.pem", "-days", "9", "-subj", "/CN=bench", "-addext", "subjectAltName=IP:127.0.0.1"],
                   check=True, capture_output=True)
    ports = {name: free_port() for name in ("plain", "tls", "http2")}
    paths = "".join(f"{kind}_temp_path {place}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    tls = f"ssl_certificate {place}/cert.pem; ssl_certificate_key {place}/key.pem;"
    servers = "".join(f"server {{ listen 127.0.0.1:{ports[name]} {how}; {tls} root {root}; }}"
                      for name, how in (("plain", ""), ("tls", "ssl"), ("http2", "ssl http2")))
    user = "user root;" if os.geteuid() == 0 else ""
    (place / "nginx.conf").write_text(
        f"{user} daemon off; master_process off; pid {place}/pid; error_log {place}/error.log;"
        f"events {{ worker_connections 2048; }} http {{ access_log off; sendfile on; keepalive_requests 100000; {paths} {servers} }}")
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    server = subprocess.Popen([program, "-e", place / "error.log", "-p", place, "-c", place / "nginx.conf"])
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", ports["http2"])) == 0:
                break
        time.sleep(0.05)
    try:
        yield ports
    finally:
        server.terminate()
        server.wait()


@contextlib.contextmanager
def relay(program: pathlib.Path, port: int, rate: int, delay: float):
    """The port of a relay to `port`: bytes a second for each connection, milliseconds one way."""
    process = subprocess.Popen([program, str(port), str(rate), str(delay)], stdout=subprocess.PIPE, text=True)
    try:
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()


def compare_all(work: pathlib.Path, dist: pathlib.Path, rounds: int) -> list:
    """Title, speed by that of curl, goal, and times of each comparison."""
    work.mkdir(parents=True, exist_ok=True)
    program = work / "relay"
    subprocess.run(["cc", "-O2", "-o", program, HERE / "relay.c"], check=True)
    large = make(work / "large", 14, 3_000_000)
    small = make(work / "small", 2000, 8000)
    rows = []
    with nginx(work) as ports, contextlib.ExitStack() as stack:
        environment = {**os.environ, "SSL_CERT_FILE": str(work / "nginx" / "cert.pem")}

        def compare(title: str, goal: str, bases: list, entries: list) -> None:
            urls = write_lock(work / "ws", bases, entries)
            out = work / "out"

            def fresh() -> pathlib.Path:
                shutil.rmtree(out, ignore_errors=True)
                out.mkdir()
                return out

            def ours():
                return measure.run([dist / "pixi-pack", work / "ws", "-o", fresh() / "e.tar", "-q", "-p", "linux-64",
                                    "--no-plan-check"],
                                   environment=environment)

            def curl():
                place = fresh()
                (place / "urls").write_text("".join(f'url = "{url}"\nremote-name\n' for url in urls))
                return measure.run(["curl", "-s", "--cacert", work / "nginx" / "cert.pem", "--parallel", "--parallel-immediate",
                                    "--parallel-max", "50", "-K", "urls"], cwd=place)

            results = measure.interleaved(rounds, {"ours": ours, "curl": curl})
            a, b = measure.seconds(results["ours"]), measure.seconds(results["curl"])
            rows.append((title, f"{b / a:.2f}", goal, f"{a:.2f} s / {b:.2f} s"))

        def base(name: str, folder: str, rate: int, delay: float) -> str:
            port = stack.enter_context(relay(program, ports[name], rate, delay)) if rate or delay else ports[name]
            return f"http{'' if name == 'plain' else 's'}://127.0.0.1:{port}/{folder}"

        slow = {name: base(name, "large", 2_000_000, 0) for name in ports}
        for name, title in (("plain", "HTTP/1.1"), ("tls", "TLS with HTTP/1.1"), ("http2", "HTTP/2")):
            compare(f"14 files of 3 MB, 2 MB/s a connection, {title}", "≥ 0.9", [slow[name]], large)
        compare("the same from three hosts, one of each", "≥ 0.9", list(slow.values()), large)
        for name, title in (("plain", "HTTP/1.1"), ("http2", "HTTP/2")):
            compare(f"2,000 files of 8 KB from loopback, {title}", "≥ 0.9", [base(name, "small", 0, 0)], small)
            compare(f"2,000 files of 8 KB, 50 ms there and back, {title}", "≥ 0.83", [base(name, "small", 0, 25)], small)
    return rows


def main() -> None:
    work, dist = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    rows = compare_all(work, dist, int(sys.argv[3]) if len(sys.argv) > 3 else 3)
    print("| download | speed / curl --parallel --parallel-immediate | goal | time |\n| --- | --- | --- | --- |")
    for title, ratio, goal, detail in rows:
        print(f"| {title} | **{ratio}** | {goal} | {detail} |")


if __name__ == "__main__":
    main()
