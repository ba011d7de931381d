# SPDX-License-Identifier: MIT
"""pycshim --summary on a terminal (a pseudo-terminal).

usage: launcher_terminal.py PYCSHIM RECORDING PYTHON LISTENER

We are what a job-control shell is: the session's leader, which starts the launcher
in a foreground process group of its own, types control characters and watches.
"""
import os
import pty
import select
import signal
import sys
import time

PYCSHIM, RECORDING, PYTHON, LISTENER = sys.argv[1:]
PATIENCE = 20


def fail(text, seen):
    sys.exit("%s; seen: %r" % (text, seen))


class Terminal:
    def __init__(self, *command):
        self.seen = b""
        leader, self.fd = pty.fork()
        if leader == 0:
            self.shell(command)
        self.leader = leader

    def shell(self, command):
        """Start the command as a job and report its stops and its end."""
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        job = os.fork()
        if job == 0:
            os.setpgid(0, 0)
            os.tcsetpgrp(0, os.getpgrp())
            signal.signal(signal.SIGTTOU, signal.SIG_DFL)
            os.execv(command[0], command)
        while True:
            status = os.waitpid(job, os.WUNTRACED)[1]
            if not os.WIFSTOPPED(status):
                break
            os.tcsetpgrp(0, os.getpgrp())
            os.write(1, b"<stopped>")
            os.read(0, 100)  # a line from the user: go on
            os.tcsetpgrp(0, job)
            os.killpg(job, signal.SIGCONT)
        end = b"<exit %d>" if os.WIFEXITED(status) else b"<signal %d>"
        os.write(1, end % (os.WEXITSTATUS(status) if os.WIFEXITED(status) else os.WTERMSIG(status)))
        os._exit(0)

    def expect(self, text):
        until = time.monotonic() + PATIENCE
        while text not in self.seen:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                fail("no %r" % text, self.seen)
            try:
                got = os.read(self.fd, 1000)
            except OSError:
                got = b""
            if not got:
                fail("ended before %r" % text, self.seen)
            self.seen += got

    def type(self, keys):
        os.write(self.fd, keys)

    def close(self):
        os.close(self.fd)
        os.waitpid(self.leader, 0)


def launcher(*command):
    return Terminal(PYCSHIM, "-s", "-o", RECORDING, "--", *command)


def interrupt_arrives_once():
    terminal = launcher(PYTHON, "-I", LISTENER, "SIGINT", "SIGUSR1", "SIGUSR2")
    terminal.expect(b"ready")
    terminal.type(b"\x03")
    terminal.expect(b"SIGINT")
    time.sleep(0.5)
    terminal.type(b"\x03")
    time.sleep(0.5)
    terminal.type(b"\x1c")  # ^\ has no handler
    terminal.expect(b"<exit 131>")
    if terminal.seen.count(b"SIGINT") != 2:
        fail("two ^C are not two SIGINT", terminal.seen)
    terminal.close()


def interrupt_ends_both():
    terminal = launcher("/bin/sh", "-c", "echo ready; exec sleep 60")
    terminal.expect(b"ready")
    time.sleep(0.3)
    terminal.type(b"\x03")
    terminal.expect(b"<exit 130>")
    terminal.close()


def stop_and_continue():
    terminal = launcher("/bin/sh", "-c", "echo ready; read line; echo got $line; exit 3")
    terminal.expect(b"ready")
    for turn in (1, 2):
        terminal.type(b"\x1a")
        terminal.expect(b"<stopped>" * turn if turn == 1 else b"<stopped>")
        terminal.seen = terminal.seen.replace(b"<stopped>", b"")
        terminal.type(b"fg\n")
        time.sleep(0.5)
    terminal.type(b"hello\n")
    terminal.expect(b"got hello")
    terminal.expect(b"<exit 3>")
    terminal.close()


def setsid_child_is_not_out_of_reach():
    program = "import os, time; os.setsid(); print('ready', flush=True); time.sleep(60)"
    terminal = launcher(PYTHON, "-I", "-c", program)
    terminal.expect(b"ready")
    terminal.type(b"\x03")
    terminal.expect(b"<exit 130>")
    terminal.close()


interrupt_arrives_once()
interrupt_ends_both()
stop_and_continue()
setsid_child_is_not_out_of_reach()
