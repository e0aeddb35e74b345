#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Takes whatever comes to a UNIX socket, and keeps the descriptors: sink.py SOCKET...

For --console-socket and seccomp listeners of containers of which nothing is expected but that
they get that far. A descriptor is kept until its other side is gone: a pty whose master is
closed would end the container.
"""
import os
import selectors
import socket
import sys

ready = selectors.DefaultSelector()


def forget(what, close):
    ready.unregister(what)
    close()


for path in sys.argv[1:]:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen(16)
    ready.register(listener, selectors.EVENT_READ, "listener")
while True:
    for key, _ in ready.select():
        if key.data == "listener":
            ready.register(key.fileobj.accept()[0], selectors.EVENT_READ, "peer")
        elif key.data == "peer":
            data, fds, _, _ = socket.recv_fds(key.fileobj, 65536, 8)
            for fd in fds:
                ready.register(fd, selectors.EVENT_READ, "kept")
            if not data:
                forget(key.fileobj, key.fileobj.close)
        else:
            try:
                data = os.read(key.fileobj, 65536)
            except OSError:
                data = b""
            if not data:
                forget(key.fileobj, lambda fd=key.fileobj: os.close(fd))
