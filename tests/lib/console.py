#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The other side of --console-socket, for tests: console.py SOCKET OUT [ROWSxCOLUMNS]

Takes one connection and one message with one descriptor, which has to be a pty's master. Writes what
it is called to OUT.name, sets its size if told to, and then copies what comes from it to OUT until
the other side is gone. Lines on stdin go into the terminal.
"""
import array
import fcntl
import os
import select
import socket
import struct
import sys
import termios

TIOCGPTN = 0x80045430


def main():
    path, out = sys.argv[1:3]
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen(1)
    with open(out + ".ready", "w"):
        pass
    listener.settimeout(20)
    peer, _ = listener.accept()
    peer.settimeout(20)
    payload, control, flags, _ = peer.recvmsg(4096, socket.CMSG_SPACE(16 * 4))
    fds = array.array("i")
    for level, kind, data in control:
        assert (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS), (level, kind)
        fds.frombytes(data[: len(data) - len(data) % fds.itemsize])
    assert not flags & socket.MSG_CTRUNC
    assert len(fds) == 1, fds
    assert payload
    master = fds[0]
    fcntl.ioctl(master, TIOCGPTN, b"\0\0\0\0")  # fails on anything else
    if len(sys.argv) > 3:
        rows, columns = sys.argv[3].split("x")
        fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0))
    with open(out + ".name", "w") as f:
        f.write(payload.decode())
    inputs = [master, 0]
    with open(out, "wb", buffering=0) as f:
        while True:
            for fd in select.select(inputs, [], [])[0]:
                try:
                    data = os.read(fd, 65536)
                except OSError:  # EIO: the slave's last holder is gone
                    return
                if fd == master:
                    if not data:
                        return
                    f.write(data)
                elif data:
                    os.write(master, data)
                else:
                    inputs.remove(0)


main()
