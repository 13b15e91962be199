"""Reads bytes as Tornado's HTTP server does.

A JSON list of texts a line in, a JSON list of readings a line out; bytes are latin1 text.
"""

import asyncio
import fcntl
import json
import logging
import socket
import sys
import termios

from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPHeaders, HTTPServerRequest, ResponseStartLine
from tornado.iostream import IOStream

QUIET_TURNS = 8
MOST_TURNS = 20_000


def unread(connection):
    """How many bytes lie in a socket's buffer."""
    count = bytearray(4)
    fcntl.ioctl(connection, termios.FIONREAD, count)
    return int.from_bytes(count, sys.byteorder)


async def until_quiet(stream, sender):
    """Returns when the server has taken all bytes and waits for more, or has closed.

    It is not told that the client ended: Tornado takes a half-close for a close, and would answer nobody.
    """
    quiet = 0
    for _ in range(MOST_TURNS):
        await asyncio.sleep(0)
        if stream.closed() or quiet == QUIET_TURNS:
            return
        waits = sender.done() and stream.reading() and unread(stream.socket) == 0
        quiet = quiet + 1 if waits else 0
    raise RuntimeError("Tornado does not come to rest")


async def read(text):
    """What the server reads on one connection."""
    requests = []

    def serve(request: HTTPServerRequest):
        requests.append(
            {
                "method": request.method,
                "target": request.uri,
                "lines": list(request.headers.get_all()),
                "body": request.body.decode("latin1"),
            }
        )
        start = ResponseStartLine("HTTP/1.1", 200, "OK")
        request.connection.write_headers(start, HTTPHeaders({"Content-Length": "0"}))
        request.connection.finish()

    client, served = socket.socketpair()
    client.setblocking(False)
    stream = IOStream(served)
    HTTPServer(serve).handle_stream(stream, ("127.0.0.1", 0))
    sender = asyncio.ensure_future(asyncio.get_running_loop().sock_sendall(client, text.encode("latin1")))
    await until_quiet(stream, sender)
    closed = stream.closed()
    sender.cancel()
    await asyncio.gather(sender, return_exceptions=True)
    answers = client.recv(1 << 20) if unread(client) > 0 else b""
    stream.close()
    client.close()
    refused = b"HTTP/1.1 400" in answers or (closed and not requests)
    return {"requests": requests, "refused": "400" if refused else None}


async def main():
    """Serves until the input ends."""
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps([await read(text) for text in json.loads(line)]), flush=True)


logging.disable()
asyncio.run(main())
