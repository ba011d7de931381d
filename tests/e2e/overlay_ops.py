# SPDX-License-Identifier: MIT
"""Do a random sequence of operations on bytecode files below a directory and print every
result: what returned, which errno, what is then to be seen.  The same seed gives the same
sequence, so that two views of one tree can be compared line by line.

usage: overlay_ops.py DIRECTORY SEED COUNT
"""
import os
import random
import shutil
import stat
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # -I leaves it out
from random_ops import Player, listing, play, result_of  # noqa: E402

PACKAGES = ["pkg", "pkg/sub", "other", "bare"]
NAMES = ["a.cpython-311.pyc", "b.cpython-311.pyc", "c.cpython-311.opt-1.pyc",
         "a.cpython-311.pyc.140123", "b.cpython-311.pyc.77", "data.nbi"]
LEGACY = ["a.pyc", "b.pyo"]


def describe(path):
    """Return what stat reports, except for fields that differ between file systems."""
    st = os.lstat(path)
    kind = stat.S_IFMT(st.st_mode)
    text = "%o" % st.st_mode
    if kind == stat.S_IFREG:
        old = not KEEPS and 1e8 < st.st_mtime < 1.5e9
        text += " %d bytes %d" % (st.st_size, st.st_mtime if old else 0)
    return text


class OverlayPlayer(Player):
    def path(self):
        pick = self.random
        package = pick.choice(PACKAGES)
        roll = pick.random()
        if roll < 0.12:
            return package + "/__pycache__"
        if roll < 0.22:
            return package + "/" + pick.choice(LEGACY)
        if roll < 0.27:
            return package + "/__pycache__/deep"
        if roll < 0.32:
            return package + "/__pycache__/deep/" + pick.choice(NAMES)
        return package + "/__pycache__/" + pick.choice(NAMES)

    def name(self, path):
        """Return the path in one of the spellings that a program may use."""
        roll = self.random.random()
        if roll < 0.5:
            return os.path.join(self.root, path), None
        if roll < 0.7:
            return path, None
        if roll < 0.76:
            return "./other/../" + path, None
        if roll < 0.8 and not KEEPS:  # through a cache, which may be missing
            cache = self.random.choice(["other", "pkg/../bare"]) + "/__pycache__"
            if not os.path.isfile(os.path.join(self.root, cache)):
                return cache + "/../../" + path, None
        head, tail = os.path.split(path)
        try:
            return tail, os.open(os.path.join(self.root, head), os.O_RDONLY | os.O_DIRECTORY)
        except OSError:
            return path, None

    def op_create(self, path, dir_fd):
        flags = self.random.choice([os.O_WRONLY | os.O_CREAT | os.O_EXCL,
                                    os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
                                    os.O_RDWR | os.O_CREAT, os.O_WRONLY,
                                    os.O_WRONLY | os.O_APPEND, os.O_WRONLY | os.O_TRUNC])
        data = b"x" * self.random.randrange(0, 5000)
        fd = os.open(path, flags, self.random.choice([0o644, 0o600, 0o755]), dir_fd=dir_fd)
        try:
            done = os.write(fd, data)
            st = os.fstat(fd)
            return "%d %o %d %s" % (done, st.st_mode, st.st_size, os.get_blocking(fd))
        finally:
            os.close(fd)

    def op_read(self, path, dir_fd):
        flags = self.random.choice([os.O_RDONLY, os.O_RDONLY | os.O_NONBLOCK])
        fd = os.open(path, flags, dir_fd=dir_fd)
        try:
            data = os.read(fd, 10000)
            return "%d %s %s" % (len(data), data[:8], os.get_blocking(fd))
        finally:
            os.close(fd)

    def op_stat(self, path, dir_fd):
        st = os.stat(path, dir_fd=dir_fd)
        return "%o %d" % (st.st_mode, st.st_size if stat.S_ISREG(st.st_mode) else 0)

    def op_lstat(self, path, dir_fd):
        st = os.lstat(path, dir_fd=dir_fd)
        return "%o" % st.st_mode

    def op_access(self, path, dir_fd):
        return [os.access(path, mode, dir_fd=dir_fd) for mode in (os.F_OK, os.R_OK, os.W_OK, os.X_OK)]

    def op_unlink(self, path, dir_fd):
        return os.unlink(path, dir_fd=dir_fd)

    def op_mkdir(self, path, dir_fd):
        return os.mkdir(path, self.random.choice([0o777, 0o755, 0o700]), dir_fd=dir_fd)

    def op_mknod(self, path, dir_fd):
        return os.mknod(path, stat.S_IFREG | 0o640, dir_fd=dir_fd)

    def op_statvfs(self, path, dir_fd):
        return "-" if dir_fd is not None else os.statvfs(path).f_namemax

    def op_rmdir(self, path, dir_fd):
        return os.rmdir(path, dir_fd=dir_fd)

    def op_rename(self, path, dir_fd):
        to, to_fd = self.name(self.path())
        try:
            return os.rename(path, to, src_dir_fd=dir_fd, dst_dir_fd=to_fd)
        finally:
            if to_fd is not None:
                os.close(to_fd)

    def op_link(self, path, dir_fd):
        to, to_fd = self.name(self.path())
        try:
            return os.link(path, to, src_dir_fd=dir_fd, dst_dir_fd=to_fd)
        finally:
            if to_fd is not None:
                os.close(to_fd)

    def op_chmod(self, path, dir_fd):
        return os.chmod(path, self.random.choice([0o644, 0o600, 0o755]), dir_fd=dir_fd)

    def op_utime(self, path, dir_fd):
        return os.utime(path, (1.2e9, 1.2e9), dir_fd=dir_fd)

    def op_behind(self, path, dir_fd):
        fd = os.open(path, os.O_RDONLY, dir_fd=dir_fd)
        try:
            os.fchmod(fd, self.random.choice([0o644, 0o600, 0o755]))
            os.utime(fd, (1.3e9, 1.3e9))
            return os.chown(fd, 0, 0)
        finally:
            os.close(fd)

    def op_copy(self, path, dir_fd):
        if dir_fd is not None:
            return "-"
        to = os.path.join(self.root, self.path())
        if os.path.isdir(to):  # a directory may be named like a pyc, but the files in it are no pycs
            return "directory"
        try:
            shutil.copy2(path, to)  # by sendfile(2)
        except shutil.SameFileError:
            return "same file"
        return os.path.getsize(to)

    def op_xattr(self, path, dir_fd):
        if dir_fd is not None:
            return "-"
        os.setxattr(path, "user.mark", b"%d" % self.random.randrange(10))
        return os.listxattr(path), os.getxattr(path, "user.mark")

    def op_truncate(self, path, dir_fd):
        if dir_fd is not None:
            return "-"
        return os.truncate(path, self.random.randrange(0, 3000))

    def op_list(self, path, dir_fd):
        if dir_fd is not None:
            fd = os.open(path, os.O_RDONLY, dir_fd=dir_fd)
            try:
                return sorted(os.listdir(fd))
            finally:
                os.close(fd)
        return listing(path)

    def op_scandir(self, path, dir_fd):
        if dir_fd is not None:
            return "-"
        with os.scandir(path) as entries:
            return sorted((entry.name, entry.is_dir(), entry.is_file()) for entry in entries)

    def op_walk(self, path, dir_fd):
        return sorted((os.path.relpath(top, self.root), sorted(dirs), sorted(files))
                      for top, dirs, files in os.walk(self.root))

    def op_listpackage(self, path, dir_fd):
        return listing(os.path.join(self.root, self.random.choice(PACKAGES)))

    def op_realpath(self, path, dir_fd):
        return "-" if dir_fd is not None else os.path.relpath(os.path.realpath(path), self.root)

    def op_chdir(self, path, dir_fd):
        if dir_fd is not None:
            return "-"
        os.chdir(path)
        try:
            return os.path.relpath(os.getcwd(), self.root), sorted(os.listdir("."))
        finally:
            os.chdir(self.root)

    def op_tmpfile(self, path, dir_fd):
        if dir_fd is not None:
            return "-"
        fd = os.open(path, os.O_TMPFILE | os.O_RDWR, 0o600)
        try:
            return os.write(fd, b"abc")
        finally:
            os.close(fd)

    def op_keep(self, path, dir_fd):
        """Keep a pyc as importlib does: of a source that was read, by a temporary file."""
        package, which = self.random.choice(PACKAGES), self.random.choice([0, 1])
        with open(os.path.join(self.root, package, "ab"[which] + ".py")):
            pass
        cache = os.path.join(self.root, package, "__pycache__")
        temporary = os.path.join(cache, NAMES[3 + which])
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        try:
            os.write(fd, b"k" * 100)
        finally:
            os.close(fd)
        return os.replace(temporary, os.path.join(cache, NAMES[which]))

    def op_rmtree(self, path, dir_fd):
        return shutil.rmtree(os.path.join(self.root, self.random.choice(PACKAGES), "__pycache__"))

    def operation(self):
        name = self.random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        logical = self.path()
        state = self.random.getstate()
        path, dir_fd = self.name(logical)
        # the number of random values that a call uses must not influence the next call
        self.random.setstate(state)
        self.random.random()
        fork = random.Random(self.random.getrandbits(64))
        self.random, saved = fork, self.random
        result = result_of(getattr(self, "op_" + name), path, dir_fd)
        self.random = saved
        if dir_fd is not None:
            os.close(dir_fd)
        seen = result_of(describe, os.path.join(self.root, logical))
        spelled = "at" if dir_fd is not None else os.path.basename(path) and "path"
        return name, logical, spelled, "->", result, "|", seen


# Relative frequencies of the operations.
WEIGHTS = dict(sorted({
    "create": 6, "read": 4, "stat": 3, "lstat": 1, "access": 2, "unlink": 5, "mkdir": 4, "rmdir": 4,
    "rename": 6, "link": 2, "chmod": 2, "utime": 2, "truncate": 2, "list": 3, "scandir": 2, "walk": 1,
    "listpackage": 2, "realpath": 1, "chdir": 1, "tmpfile": 1, "mknod": 2, "behind": 2, "copy": 3,
    "xattr": 2, "statvfs": 1}.items()))


# In every second sequence pycs are kept as well.  Their times are compared in the others: a pyc of
# the shadow is stamped with its source (identity.h), and is lost if its time is set behind that.
KEEPS = int(sys.argv[2]) % 2 == 0
if KEEPS:
    WEIGHTS.update(keep=5, rmtree=1, behind=0)


def main():
    os.umask(0o022)
    root = play(OverlayPlayer)
    for top, dirs, files in sorted(os.walk(root)):
        print(os.path.relpath(top, root), sorted(dirs), sorted(files))


main()
