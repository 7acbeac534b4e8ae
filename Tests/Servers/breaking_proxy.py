"""Usage: breaking_proxy.py PORT FOLDER: passes connections on to a port, and breaks off two uploads.

The second request to take a part of an upload (PATCH) is not passed on: its connection breaks. Of the third one the first megabyte is
passed on. Prints its own port. FOLDER/breaks has a line for each.
"""
import os
import socket
import sys
import threading

target = int(sys.argv[1])
os.chdir(sys.argv[2])
lock = threading.Lock()
parts = 0


def note(text):
    with open("breaks", "a") as log:
        log.write(text + "\n")


def next_part():
    global parts
    with lock:
        parts += 1
        return parts


def close(*sockets):
    for one in sockets:
        try:
            one.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def forward(source, sink, is_client):
    left = None
    try:
        while data := source.recv(1 << 16):
            if is_client and data.startswith(b"PATCH "):
                part = next_part()
                if part == 2:
                    note("before")
                    break
                left = 1 << 20 if part == 3 else None
            sink.sendall(data)
            if left is not None:
                left -= len(data)
                if left < 0:
                    note("within")
                    break
    except OSError:
        pass
    close(source, sink)


listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    client, _ = listener.accept()
    server = socket.create_connection(("127.0.0.1", target))
    threading.Thread(target=forward, args=(client, server, True), daemon=True).start()
    threading.Thread(target=forward, args=(server, client, False), daemon=True).start()
