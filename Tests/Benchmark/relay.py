"""A relay on the loopback interface that makes a far, slow network of it: each connection gets so many bytes a second, and
every byte arrives so much later. Where the kernel has netem, that does the same for real; many machines lack it.

usage: relay.py PORT_OF_SERVER BYTES_A_SECOND_OR_0 SECONDS_ONE_WAY      prints its own port
"""
import asyncio
import sys

target, rate, delay = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
CHUNK = 1 << 16


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first: float) -> None:
    """Passes on what comes, in its time."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue = asyncio.Queue(maxsize=256)

    async def receive() -> None:
        free = loop.time()
        while data := await reader.read(CHUNK if rate == 0 else min(CHUNK, max(1024, int(rate / 20)))):
            now = loop.time()
            free = max(free, now) + (len(data) / rate if rate else 0)
            await queue.put((max(free, now) + delay, data))
        await queue.put((loop.time() + delay, b""))

    async def send() -> None:
        # A connection is usable only when its handshake has gone there and back.
        begin = loop.time() + first
        while True:
            due, data = await queue.get()
            await asyncio.sleep(max(0.0, max(due, begin) - loop.time()))
            if not data:
                break
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()

    await asyncio.gather(receive(), send(), return_exceptions=True)


async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    there, back = await asyncio.open_connection("127.0.0.1", target)
    await asyncio.gather(pump(reader, back, 2 * delay), pump(there, writer, 0), return_exceptions=True)
    for end in (writer, back):
        end.close()


async def main() -> None:
    server = await asyncio.start_server(connected, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
