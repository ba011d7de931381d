# SPDX-License-Identifier: MIT
"""Do a random sequence of operations on caches that are reached through symbolic links,
while these are made anew and directories come, go and move; print every result.  The same
seed gives the same sequence.

usage: links_ops.py DIRECTORY SEED COUNT
"""
import os
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # -I leaves it out
from random_ops import Player, listing, play, result_of  # noqa: E402

DIRECTORIES = ["rel/1/pkg", "rel/2/pkg", "current/pkg", "abs/pkg", "pkg", "rel/up/b", "rel/up/c",
               "lib/b", "lib/c", "lib/a", "rel/up/a"]
NAMES = ["x.cpython-311.pyc", "y.cpython-311.pyc", "x.cpython-311.pyc.1234", "data.nbi"]
LINKS = ["current", "abs", "pkg", "lib/c", "rel/up", "lib/d"]
TARGETS = ["rel/1", "rel/2", "lib", "../lib", "b", "a", "current/pkg", "rel/2/pkg", "nowhere"]
MOVED = ["rel/1", "rel/2", "rel/3", "lib/a", "lib/b", "lib/e", "rel/1/pkg"]


def write(path, text, mode="w"):
    with open(path, mode) as file:
        file.write(text)


def read(path):
    with open(path) as file:
        return file.read()


class LinksPlayer(Player):
    def __init__(self, root, seed):
        super().__init__(root, seed)
        for package in "rel/1/pkg", "rel/2/pkg", "lib/b":
            os.makedirs(package + "/__pycache__")
            for name in "xy":
                write("%s/%s.py" % (package, name), "")
                write("%s/__pycache__/%s.cpython-311.pyc" % (package, name), package)
        os.mkdir("lib/a")
        for link, target in [("current", "rel/1"), ("abs", root + "/rel/2"), ("rel/up", "../lib"),
                             ("pkg", "current/pkg"), ("lib/c", "b")]:
            os.symlink(target, link)

    def cache(self):
        absolute = self.random.random() < 0.2
        return (self.root + "/" if absolute else "") + self.random.choice(DIRECTORIES) + "/__pycache__"

    def path(self):
        cache = self.cache()
        return self.random.choice([cache, cache, cache + "/../__pycache__", cache + "/.."]) + "/" + \
            self.random.choice(NAMES)

    def read(self):
        return read(self.path())

    def look_up(self):
        """Look up as imports do: stat the source, then open its pyc, by absolute name."""
        directory = self.root + "/" + self.random.choice(DIRECTORIES)
        found = []
        for name in self.random.choice(["x", "xx", "xyx"]):
            os.stat(directory + "/" + name + ".py")
            found.append(result_of(read, "%s/__pycache__/%s.cpython-311.pyc" % (directory, name)))
        return found

    def write(self):
        return write(self.path(), str(self.random.randrange(10)), self.random.choice(["w", "a", "r+"]))

    def look(self):
        path = self.path()
        return oct(os.lstat(path).st_mode), oct(os.stat(path).st_mode), os.stat(path).st_size

    def list(self):
        return listing(self.random.choice([self.cache(), self.random.choice(DIRECTORIES)]))

    def unlink(self):
        os.unlink(self.path())

    def rename(self):
        """Rename within the caches: a rename out of them fails with EXDEV."""
        os.rename(*(self.cache() + "/" + self.random.choice(NAMES) for _ in "ab"))

    def mkdir(self):
        os.mkdir(self.cache())

    def rmdir(self):
        os.rmdir(self.cache())

    def chmod(self):
        os.chmod(self.path(), self.random.choice([0o600, 0o644, 0o444]))

    def resolve(self):
        return os.path.realpath(self.path())

    def enter(self):
        os.chdir(self.random.choice(DIRECTORIES))
        return os.path.relpath(os.getcwd(), self.root), listing("__pycache__"), read("__pycache__/" + NAMES[0])

    def walk(self):
        return sorted((top, sorted(directories), sorted(files)) for top, directories, files in os.walk("."))

    def point(self):
        """Replace a link in two steps."""
        link, target = self.random.choice(LINKS), self.random.choice(TARGETS)
        if os.path.islink(link):
            os.unlink(link)
        os.symlink(target, link)

    def swap(self):
        """Replace a link by a rename, as deployments do."""
        link, target = self.random.choice(LINKS), self.random.choice(["rel/1", "rel/2", "lib/b"])
        os.symlink(os.path.relpath(target, os.path.dirname(link) or "."), link + ".new")
        os.rename(link + ".new", link)

    def replace(self):
        """Replace a link by a directory."""
        link = self.random.choice(LINKS)
        os.unlink(link)
        os.makedirs(link + "/pkg/__pycache__")

    def move(self):
        os.rename(self.random.choice(MOVED), self.random.choice(MOVED))

    def remove(self):
        shutil.rmtree(self.random.choice(MOVED))

    def operation(self):
        name = self.random.choice(ALL)
        result = result_of(getattr(self, name))
        os.chdir(self.root)
        return name, result


OFTEN = ["read", "look_up", "write", "look", "list", "unlink", "rename", "mkdir"]
ALL = OFTEN * 3 + ["rmdir", "chmod", "resolve", "enter", "walk", "point", "swap", "replace", "move"] * 2 + ["remove"]

play(LinksPlayer)
