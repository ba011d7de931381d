#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Count what the bytecode cache did for a run from strace's output alone.

	strace -ff -qq -y -v -s 16 -o OUT -e trace=%file,%process,read,write,close COMMAND
	strace_oracle.py --magic 3495 OUT				prints one JSON object
	strace_oracle.py --magic 3495 --compare SUMMARY OUT		prints differences
	strace_oracle.py --magic 3495 --compiled OUT			prints the sources compiled

This is the tests' own reading of the words in the README (look-up, hit, miss, stale,
compiled, written, ...).  It shares no code with pycshim: it takes the files of one
thread each, finds for every pyc that an interpreter opened what came of it, and judges
headers by the source's stat, as CPython's Lib/importlib/_bootstrap_external.py does.
"""
import argparse
import collections
import glob
import json
import os
import re
import struct
import sys

TOTALS = ("lookups hits misses stale unreadable compiled written write_failed "
          "not_attempted bytes_written").split()
REASONS = "magic truncated flags hash mtime size".split()

CALL = re.compile(r"^(\w+)\((.*)\)\s+= (-?\d+|\?|0x[0-9a-f]+)(?:<(.*?)>(?:\(deleted\))?)?(?: (E\w+) .*)?$")
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
DESCRIPTOR = re.compile(r"^(-?\d+|AT_FDCWD)<((?:[^>\\]|\\.)*)>")
ESCAPE = re.compile(r"\\([0-7]{1,3}|x[0-9a-f]{2}|.)")
TAGGED = re.compile(r"^(.+)\.((?:cpython-|pypy)\d+(?:-pytest-[\d.]+?)?)(?:\.opt-\w+)?\.py[co]$")
TEMPORARY = re.compile(r"^(.*\.py[co])\.\d+$")


def unescape(text):
    named = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a", "b": "\b"}

    def one(match):
        code = match.group(1)
        if code[0] in "01234567":
            return chr(int(code, 8))
        if code[0] == "x" and len(code) == 3:
            return chr(int(code[1:], 16))
        return named.get(code, code)

    return ESCAPE.sub(one, text)


class Load:
    """The load of one module, from the look-up of its pyc or the read of its source."""

    def __init__(self, pyc, source):
        self.pyc, self.source = pyc, source
        self.looked_up = False
        self.error = None           # errno of the look-up
        self.header, self.length, self.at_end = b"", 0, False
        self.stat = None            # (mtime, size) of the source, as the thread saw it
        self.source_read = False
        self.attempted = False
        self.write_error = None
        self.written = 0
        self.closed = False         # ended: the pyc was written or given up


class Thread:
    """A thread: its calls in order, and the loads that they make up."""

    def __init__(self, oracle, image):
        self.oracle, self.image = oracle, image
        self.cwd = "/"
        self.stats = {}             # source: (mtime, size)
        self.loads = {}             # source: its unfinished Load
        self.read_sources = []      # sources read outside any load, latest last
        self.open_sources = set()
        self.opened_sources = set() # opened, but not read yet
        self.failed_mkdirs = {}     # directory: errno, not yet assigned to a load
        self.finished = []

    # --- parsing ---

    def path(self, args, at=0):
        """Return the absolute path of the call's argument number `at`."""
        directory = DESCRIPTOR.match(args)
        if directory and directory.group(1) == "AT_FDCWD":
            self.cwd = unescape(directory.group(2))
        strings = STRING.findall(args)
        if at >= len(strings):
            return None
        path = unescape(strings[at])
        if path.startswith("/"):
            return self.oracle.in_place(os.path.normpath(path))
        base = unescape(directory.group(2)) if directory else self.cwd
        return self.oracle.in_place(os.path.normpath(os.path.join(base, path)) if path else base)

    def line(self, text):
        match = CALL.match(text)
        if not match:
            return
        name, args, result, result_path, error = match.groups()
        if name in ("clone", "clone3", "fork", "vfork"):
            if result.isdigit():
                self.oracle.parents[int(result)] = (self.image, self.cwd)
            return
        if name in ("execve", "execveat"):
            if result == "0":
                self.image = self.path(args)
            return
        if name == "chdir" and result == "0":
            self.cwd = self.path(args)
            return
        if not self.oracle.is_python(self.image):
            return
        if name in ("open", "openat", "creat"):
            path = self.oracle.in_place(unescape(result_path)) if result_path else self.path(args)
            self.path(args)
            if error and self.oracle.in_shadow(args) and "O_WRONLY" not in args:
                return              # not in the shadow: it is opened in place next
            self.on_open(path, args, error)
        elif name in ("read", "write", "close"):
            descriptor = DESCRIPTOR.match(args)
            if descriptor:
                getattr(self, "on_" + name)(self.oracle.in_place(unescape(descriptor.group(2))),
                                            args, int(result)
                                            if result.lstrip("-").isdigit() else -1, error)
        elif name in ("stat", "lstat", "fstat", "newfstatat", "statx"):
            self.on_stat(args, error)
        elif name in ("mkdir", "mkdirat"):
            if error and error != "EEXIST":
                self.on_failed_mkdir(self.path(args), error)
        elif name in ("rename", "renameat", "renameat2"):
            self.on_rename(self.path(args), self.path(args, 1), error)

    # --- meaning ---

    def source_of(self, pyc):
        directory, name = os.path.split(pyc)
        tagged = TAGGED.match(name)
        if os.path.basename(directory) == "__pycache__":
            directory = os.path.dirname(directory)
        elif tagged and self.oracle.prefix and directory.startswith(self.oracle.prefix):
            directory = directory[len(self.oracle.prefix):]
        else:
            tagged = None
        return os.path.join(directory, (tagged.group(1) if tagged else name[:-4]) + ".py")

    def on_open(self, path, args, error):
        if path is None or ("O_NONBLOCK" in args and path.endswith((".pyc", ".pyo"))):
            return                  # made by the library, in a run with both
        writing = "O_WRONLY" in args or "O_RDWR" in args
        if path.endswith((".pyc", ".pyo")) and not writing:
            self.on_lookup(path, error)
        elif path.endswith((".pyc", ".pyo")) or TEMPORARY.match(path):
            self.on_create(path, error)
        elif path.endswith(".py") and not writing and not error:
            self.open_sources.add(path)
            self.opened_sources.add(path)

    def on_lookup(self, pyc, error):
        source = self.source_of(pyc)
        if self.oracle.is_not_loaded(pyc):
            return
        beside = os.path.dirname(pyc) == os.path.dirname(source)
        if error and beside and source not in self.open_sources:
            return                  # 2.7 tries x.py and x.pyc in every directory
        self.close(source)
        load = self.loads[source] = Load(pyc, source)
        load.looked_up, load.error, load.stat = True, error, self.stats.get(source)

    def on_read(self, path, args, count, error):
        if error:
            return
        if path.endswith((".pyc", ".pyo")):
            load = self.loads.get(self.source_of(path))
            if load and load.pyc == path and not load.at_end:
                if not load.header and count:
                    strings = STRING.findall(args)
                    load.header = unescape(strings[0]).encode("latin-1")[:count]
                load.length += count
                load.at_end = count == 0
        elif path in self.opened_sources:
            self.opened_sources.discard(path)
            load = self.loads.get(path)
            if load and not load.closed:
                if not load.source_read:
                    load.source_read = True
                    self.charge_mkdir(load)
            elif path not in self.read_sources:
                self.read_sources.append(path)

    def on_close(self, path, args, count, error):
        self.open_sources.discard(path)
        load = path.endswith((".pyc", ".pyo")) and self.loads.get(self.source_of(path))
        if load and load.pyc == path:
            load.stat = self.stats.get(load.source) or load.stat
            if load.attempted and not load.closed:  # 2.7 writes in place
                load.closed = True
                load.written += load.write_error is None and "(deleted)" not in args

    def on_stat(self, args, error):
        if error:
            return
        path = self.path(args)
        if path is None or not STRING.findall(args):
            descriptor = DESCRIPTOR.match(args)
            path = self.oracle.in_place(unescape(descriptor.group(2))) if descriptor else None
        if path and path.endswith(".py"):
            mtime, size = re.search(r"st_mtime=(-?\d+)", args), re.search(r"st_size=(\d+)", args)
            if not mtime:
                mtime = re.search(r"stx_mtime=\{tv_sec=(-?\d+)", args)
                size = re.search(r"stx_size=(\d+)", args)
            if mtime and size:
                self.stats[path] = (int(mtime.group(1)), int(size.group(1)))

    def writer_of(self, path):
        """Return the load that writes this pyc or temporary file; None for a copy."""
        temporary = TEMPORARY.match(path)
        pyc = temporary.group(1) if temporary else path
        source = self.source_of(pyc)
        load = self.loads.get(source)
        if load and not load.closed and (load.source_read or load.attempted):
            return load
        if source in self.read_sources:
            self.read_sources.remove(source)
            self.close(source)
            load = self.loads[source] = Load(pyc, source)
            load.source_read = True
            return load
        return None

    def on_create(self, path, error):
        load = self.writer_of(path)
        if not load:
            return
        load.pyc = load.pyc if load.looked_up else (TEMPORARY.match(path) or [path, path])[1]
        load.attempted = True
        if error:
            load.write_error, load.closed = load.write_error or error, True

    def on_write(self, path, args, count, error):
        if not path.endswith((".pyc", ".pyo")) and not TEMPORARY.match(path):
            return
        if count > 0:
            self.oracle.bytes_written += count
        wanted = re.search(r", (\d+)$", args)
        short = error or (wanted and count < int(wanted.group(1)))
        load = self.loads.get(self.source_of((TEMPORARY.match(path) or [path, path])[1]))
        if load and load.attempted and short:
            load.write_error = load.write_error or error or "ENOSPC"

    def on_rename(self, path, to, error):
        if not path or not TEMPORARY.match(path) or not to or not to.endswith((".pyc", ".pyo")):
            return
        load = self.loads.get(self.source_of(to))
        if not load or load.closed or not load.attempted:
            return
        load.closed = True
        if error:
            load.write_error = load.write_error or error
        load.written += load.write_error is None

    def on_failed_mkdir(self, directory, error):
        below = directory + "/"
        for load in reversed(list(self.loads.values())):
            if load.source_read and not load.closed and not load.attempted and \
                    load.pyc.startswith(below) and self.verdict(load)[0] != "hits":
                load.attempted, load.write_error, load.closed = True, error, True
                return
        for source in reversed(self.read_sources):
            if os.path.join(os.path.dirname(source), "__pycache__") == directory:
                self.read_sources.remove(source)
                load = self.loads[source] = Load(below, source)
                load.source_read = load.attempted = load.closed = True
                load.write_error = error
                return
        self.failed_mkdirs[directory] = error

    def charge_mkdir(self, load):
        """pytest creates the directory before it looks the module up."""
        error = self.failed_mkdirs.pop(os.path.dirname(load.pyc), None)
        if error and self.verdict(load)[0] != "hits":
            load.attempted, load.write_error, load.closed = True, error, True

    def close(self, source):
        load = self.loads.pop(source, None)
        if load:
            self.finished.append(load)

    # --- judging ---

    def judge(self, load):
        """Return None for a usable pyc, or "checked", or the reason why it is stale."""
        magic = struct.pack("<H", self.oracle.magic) + b"\r\n"
        header = load.header
        if header[:4] != magic[:len(header[:4])]:
            return "magic"
        need = {62211: 8, 3379: 12}.get(self.oracle.magic, 16)
        if len(header) < need:
            return "truncated"
        if need == 16:
            flags = struct.unpack("<I", header[4:8])[0]
            if flags & ~3:
                return "flags"
            if flags:
                return "hashed"  # also unchecked ones: --check-hash-based-pycs always
        if not load.stat:
            return None
        if need == 8:
            return "mtime" if header[4:8] != struct.pack("<I", load.stat[0] & 0xffffffff) else None
        mtime, size = struct.unpack("<II", header[need - 8:need])
        if mtime != load.stat[0] & 0xffffffff:
            return "mtime"
        return "size" if size != load.stat[1] & 0xffffffff else None

    def verdict(self, load):
        """Return (total, stale reason), or (None, None) if there was no look-up."""
        if not load.looked_up:
            return None, None
        if load.error:
            return ("misses" if load.error in ("ENOENT", "ENOTDIR") else "unreadable"), None
        judged = self.judge(load)
        if not load.source_read or not judged:
            return "hits", None
        if judged == "hashed":
            return ("stale", "hash") if load.attempted else ("hits", None)
        return "stale", judged


class Oracle:
    def __init__(self, options):
        self.magic, self.prefix = options.magic, options.prefix.rstrip("/")
        self.shadow = options.shadow.rstrip("/")
        self.python = re.compile(options.python)
        self.not_loaded = [os.path.realpath(d) + "/" for d in options.no_imports]
        self.only = options.only
        self.parents = {}           # tid: (image, cwd) of the thread that created it
        self.bytes_written = 0
        self.threads = []

    def is_python(self, image):
        return bool(image and self.python.search(image))

    def in_place(self, path):
        """Return the path that a path in the shadow stands for; other paths unchanged."""
        if self.shadow and path.startswith(self.shadow + "/"):
            return path[len(self.shadow):]
        return path

    def in_shadow(self, args):
        directory = DESCRIPTOR.match(args)
        return bool(self.shadow and directory and unescape(directory.group(2)) == self.shadow)

    def is_not_loaded(self, pyc):
        return any(pyc.startswith(directory) for directory in self.not_loaded)

    def read(self, prefix):
        """Read the files of all threads, every parent before its children."""
        left = {int(name.rsplit(".", 1)[1]): name for name in glob.glob(prefix + ".*")}
        texts = {}
        for tid, name in left.items():
            with open(name, errors="surrogateescape") as lines:
                texts[tid] = lines.read().split("\n")
        cloned = {int(child) for lines in texts.values() for line in lines
                  for child in re.findall(r"^(?:clone3?|v?fork)\(.* = (\d+)$", line)}
        waiting = sorted(set(texts) - cloned)
        if len(waiting) != 1:
            sys.exit("strace_oracle.py: %s: %d first threads" % (prefix, len(waiting)))
        self.parents[waiting[0]] = (None, os.getcwd())
        while waiting:
            tid = waiting.pop(0)
            image, cwd = self.parents[tid]
            thread = Thread(self, image)
            thread.cwd = cwd
            self.threads.append(thread)
            known = set(self.parents)
            for line in texts.get(tid, ()):
                thread.line(line)
            waiting += sorted(set(self.parents) - known)

    def count(self, verbose):
        totals = dict.fromkeys(TOTALS, 0)
        reasons, errors = dict.fromkeys(REASONS, 0), collections.Counter()
        self.compiled = []
        for thread in self.threads:
            for source in list(thread.loads):
                thread.close(source)
            for load in thread.finished:
                if self.only and not load.source.startswith(self.only):
                    continue
                total, reason = thread.verdict(load)
                compiled = load.source_read and total != "hits"
                if total:
                    totals["lookups"] += 1
                    totals[total] += 1
                if reason:
                    reasons[reason] += 1
                totals["compiled"] += compiled
                self.compiled += [load.source] * compiled
                totals["written"] += load.written
                totals["not_attempted"] += compiled and not load.attempted
                if load.write_error:
                    totals["write_failed"] += 1
                    errors[load.write_error] += 1
                if verbose:
                    print(load.pyc, total, reason, "compiled" if compiled else "",
                          load.written, load.write_error, file=sys.stderr)
        totals["bytes_written"] = self.bytes_written
        return {"totals": totals, "stale_reasons": reasons, "write_errors": errors}


def differences(got, want, ignored):
    """Return lines that say where pycstat's summary differs from the oracle's count."""
    for part in ("totals", "stale_reasons", "write_errors"):
        names = set(want[part]) | (set(got[part]) if part == "write_errors" else set())
        for name in sorted(names - ignored):
            if got[part].get(name, 0) != want[part].get(name, 0):
                yield "%s.%s: pycstat says %s, strace says %s" % (
                    part, name, got[part].get(name, 0), want[part].get(name, 0))
    if got["damaged_bytes"]:
        yield "damaged_bytes: %d" % got["damaged_bytes"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--magic", type=int, required=True, help="the interpreter's, a number")
    parser.add_argument("--prefix", default="", help="PYTHONPYCACHEPREFIX of the run")
    parser.add_argument("--shadow", default="", help="PYCSHIM_ROOT of the run, in redirect")
    parser.add_argument("--python", default=r"(^|/)(python|pypy)[\d.]*\w?$",
                        help="programs that are an interpreter: a regular expression")
    parser.add_argument("--no-imports", action="append", default=[], metavar="DIR",
                        help="pycs below are read by compileall or others, never loaded")
    parser.add_argument("--only", default="", metavar="DIR", help="sources below DIR")
    parser.add_argument("--compare", metavar="SUMMARY", help="of pycstat summary --json")
    parser.add_argument("--compiled", action="store_true",
                        help="the sources compiled, once for each time, sorted")
    parser.add_argument("--ignore", action="append", default=[], metavar="TOTAL")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("output", help="strace's -o")
    options = parser.parse_args()
    oracle = Oracle(options)
    oracle.read(options.output)
    counted = oracle.count(options.verbose)
    if options.compiled:
        print("".join(source + "\n" for source in sorted(oracle.compiled)), end="")
        return
    if not options.compare:
        print(json.dumps(counted, sort_keys=True))
        return
    if options.magic == 62211:      # 2.7 writes the mtime twice, into the same place
        options.ignore.append("bytes_written")
    with open(options.compare) as summary:
        found = list(differences(json.load(summary), counted, set(options.ignore)))
    if not counted["totals"]["lookups"] and not counted["totals"]["compiled"]:
        found.append("strace saw nothing")  # otherwise the comparison could not fail
    print("\n".join(found + [json.dumps(counted["totals"], sort_keys=True)]))
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
