#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a command on a terminal of its own, for tests: onpty.py ROWSxCOLUMNS [PATTERN ACTION]... -- COMMAND

Each PATTERN (a regular expression) is waited for in what the command writes, one after the other;
then ACTION is done: `send:TEXT' (with Python's escapes), `size:ROWSxCOLUMNS', `signal:NUMBER' to the
command, `-' for nothing. What the command wrote is printed; its exit status is this one's.
"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time


def set_size(fd, text):
    rows, columns = text.split("x")
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0))


def main():
    args = sys.argv[1:]
    size = args.pop(0)
    script = []
    while args[0] != "--":
        script.append((args.pop(0), args.pop(0)))
    command = args[1:]
    pid, master = pty.fork()
    if pid == 0:
        set_size(0, size)
        os.execvp(command[0], command)
    seen = b""
    done = 0
    deadline = time.monotonic() + 20
    while True:
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            sys.stderr.write("onpty.py: waited in vain for %r\n" % (script[0][0] if script else "the end"))
            sys.exit(125)
        if select.select([master], [], [], 0.5)[0]:
            try:
                data = os.read(master, 65536)
            except OSError:
                break
            if not data:
                break
            seen += data
        while script:
            found = re.search(script[0][0].encode(), seen[done:])
            if not found:
                break
            done += found.end()
            _, action = script.pop(0)
            kind, _, value = action.partition(":")
            if kind == "send":
                os.write(master, value.encode().decode("unicode_escape").encode())
            elif kind == "size":
                set_size(master, value)
            elif kind == "signal":
                os.kill(pid, int(value))
    _, status = os.waitpid(pid, 0)
    sys.stdout.write(seen.decode(errors="replace").replace("\r\n", "\n"))
    if script:
        sys.stderr.write("onpty.py: never saw %r\n" % script[0][0])
        sys.exit(125)
    sys.exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))


main()
