"""Usage: breaking_proxy.py PORT SIZE TIMES FOLDER: passes connections on to a port, and breaks off those that send much.

The first TIMES connections on which a client sends more than SIZE bytes are broken off there. Prints its own port. FOLDER/breaks has a
line for each, FOLDER/sent the bytes that were passed on in all.
"""
import os
import socket
import sys
import threading

target, size, left = (int(word) for word in sys.argv[1:4])
os.chdir(sys.argv[4])
lock = threading.Lock()
total = 0


def must_break(sent):
    global left
    with lock:
        if sent <= size or left == 0:
            return False
        left -= 1
        with open("breaks", "a") as log:
            log.write(f"{sent}\n")
        return True


def passed(count):
    global total
    with lock:
        total += count
        with open("sent", "w") as file:
            file.write(str(total))


def close(*sockets):
    for one in sockets:
        try:
            one.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def forward(source, sink, is_client):
    sent = 0
    try:
        while data := source.recv(1 << 16):
            sink.sendall(data)
            sent += len(data)
            if is_client:
                passed(len(data))
                if must_break(sent):
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
