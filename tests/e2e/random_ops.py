# SPDX-License-Identifier: MIT
"""Code shared by links_ops.py and overlay_ops.py: a random sequence of operations below a
directory, and the result of each.  The same seed gives the same sequence.
"""
import errno
import os
import random
import sys


def result_of(operation, *arguments):
    """Return the operation's result, or the name of its errno."""
    try:
        return operation(*arguments)
    except OSError as error:
        return errno.errorcode[error.errno]


def listing(path):
    return sorted(os.listdir(path))


class Player:
    """A kind of sequence; operation() does one operation and returns what to print."""

    def __init__(self, root, seed):
        self.root = root
        self.random = random.Random(seed)


def play(kind):
    """Play as the command line says: DIRECTORY SEED COUNT.  Return the directory."""
    root, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    os.chdir(root)
    player = kind(root, seed)
    for number in range(count):
        print(number, *player.operation())
    return root
