#!/usr/bin/env python3
"""A server that never answers, for tests. Python standard library only.

    silent_server.py full    its queue is full: connections are not accepted, SYNs are dropped
    silent_server.py mute    connections are accepted, nothing is ever said

Prints "port N" when it listens, then a line "connection" for each one it accepts; ends with its standard input.
"""

import socket
import sys
import threading

server = socket.socket()
server.bind(("127.0.0.1", 0))
connections = []
if sys.argv[1] == "full":
    server.listen(0)
    for _ in range(4):
        filler = socket.socket()
        filler.setblocking(False)
        try:
            filler.connect(server.getsockname())
        except BlockingIOError:
            pass
        connections.append(filler)
else:
    server.listen(200)

    def accept():
        while True:
            connections.append(server.accept()[0])
            print("connection", flush=True)

    threading.Thread(target=accept, daemon=True).start()
print("port", server.getsockname()[1], flush=True)
sys.stdin.read()
