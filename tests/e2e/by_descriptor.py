# SPDX-License-Identifier: MIT
"""Use a cache by its descriptor, or as the working directory, after another directory got
its name; print every result.

usage: by_descriptor.py DIRECTORY HOW SWAP_COMMAND     HOW: descriptor, inside or shadow
"""
import errno
import os
import stat
import subprocess
import sys

cache, how, swap = sys.argv[1:]
NAMES = ["a.cpython-311.pyc", "b.cpython-311.pyc", "c.cpython-311.pyc", "d.cpython-311.pyc", "data.nbi"]


def attempt(name, function, *arguments, **options):
    try:
        print(name, function(*arguments, **options))
    except OSError as error:
        print(name, errno.errorcode[error.errno])


def look(path, **options):
    status = os.stat(path, **options)
    return stat.filemode(status.st_mode), status.st_size, int(status.st_mtime)


def append(path, **options):
    fd = os.open(path, os.O_WRONLY | os.O_APPEND, **options)
    os.write(fd, b"more")
    os.close(fd)


def read(path, **options):
    fd = os.open(path, os.O_RDONLY, **options)
    text = os.read(fd, 100)
    os.close(fd)
    return text


def touch(path, **options):
    os.utime(path, (1000, 2000), follow_symlinks=False, **options)


directory = os.open(cache, os.O_RDONLY | os.O_DIRECTORY)
if how == "inside":
    os.chdir(cache)
subprocess.check_call(["sh", "-c", swap], env={"PATH": os.environ["PATH"]})
at = {} if how == "inside" else {"dir_fd": directory}
both = {} if how == "inside" else {"src_dir_fd": directory, "dst_dir_fd": directory}
if how == "shadow":  # the directory in place has lost its name: only this can be tested
    for name in NAMES:
        attempt("unlink", os.unlink, name, **at)
    attempt("rmdir", os.rmdir, "sub", **at)
    sys.exit()
attempt("list", lambda: sorted(os.listdir("." if how == "inside" else directory)))
for name in NAMES:
    attempt("stat", look, name, **at)
    attempt("access", os.access, name, os.R_OK | os.W_OK, **at)
    attempt("read", read, name, **at)
attempt("append", append, "a.cpython-311.pyc", **at)
attempt("read", read, "a.cpython-311.pyc", **at)
attempt("chmod", os.chmod, "b.cpython-311.pyc", 0o600, **at)
attempt("utime", touch, "b.cpython-311.pyc", **at)
attempt("stat", look, "b.cpython-311.pyc", **at)
attempt("rename", os.rename, "c.cpython-311.pyc", "e.cpython-311.pyc", **both)
attempt("read", read, "e.cpython-311.pyc", **at)
attempt("link", os.link, "d.cpython-311.pyc", "f.cpython-311.pyc", **both)
attempt("read", read, "f.cpython-311.pyc", **at)
attempt("mkdir", os.mkdir, "new", **at)
attempt("mkdir", os.mkdir, "sub", **at)
attempt("rmdir", os.rmdir, "sub", **at)
attempt("symlink", os.symlink, "a.cpython-311.pyc", "l.cpython-311.pyc", **at)
attempt("mkfifo", os.mkfifo, "p.nbi", **at)
attempt("stat", look, "only.cpython-311.pyc", **at)
attempt("create", os.open, "only.cpython-311.pyc", os.O_WRONLY | os.O_CREAT | os.O_EXCL, **at)
attempt("list", lambda: sorted(os.listdir("." if how == "inside" else directory)))
for name in ["a.cpython-311.pyc", "b.cpython-311.pyc", "data.nbi", "none.cpython-311.pyc"]:
    attempt("unlink", os.unlink, name, **at)
attempt("list", lambda: sorted(os.listdir("." if how == "inside" else directory)))
