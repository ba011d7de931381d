# SPDX-License-Identifier: MIT
"""
The life of packages, offline: installed by pip, imported, upgraded, removed, made again.

    installing_life.py DIRECTORY OLD_WHEEL NEW_WHEEL IN_PLACE

The two wheels differ in one digit of one module, and every source is given the same time:
bytecode that outlived its source would be taken for the new one's.  Prints what happens;
what is left behind is told as this process sees it.  IN_PLACE receives the names of the
caches and pycs that the environment really has.
"""
import os
import shutil
import subprocess
import sys

directory, old, new, in_place = sys.argv[1:]
target = os.path.join(directory, "target")
package = os.path.join(target, "demo")


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout.decode()


def pip(python, *arguments):
    print("pip", arguments[0], *run(python, "-m", "pip", "-q", "--disable-pip-version-check", *arguments))


def same_time(top):
    for above, _, names in os.walk(top):
        for name in names:
            if name.endswith(".py"):
                os.utime(os.path.join(above, name), (1600000000, 1600000000))


def imported(python=sys.executable, path=target):
    same_time(path)
    print("import", *run(python, "-c", "import sys; sys.path.insert(0, %r)\nimport demo\nprint(demo.part.value)" % path))


def left(top):
    print("left", sorted(os.path.join(above, name)[len(directory):] for above, dirs, names in os.walk(top)
                         for name in dirs + names if "demo" in os.path.join(above, name)))


def write(value, place=package):
    os.makedirs(place)
    for name, text in ("__init__.py", "import demo.part\n"), ("part.py", "value = %d\n" % value):
        with open(os.path.join(place, name), "w") as file:
            file.write(text)


# into a directory
pip(sys.executable, "install", "--no-index", "--target", target, old)
imported()
pip(sys.executable, "install", "--no-index", "--target", target, "--upgrade", "--no-compile", new)
imported()
shutil.rmtree(target)
left(directory)

# into an environment
print("venv", *run(sys.executable, "-m", "venv", os.path.join(directory, "env")))
python = os.path.join(directory, "env", "bin", "python")
site = subprocess.check_output([python, "-c", "import site; print(site.getsitepackages()[0])"]).decode().strip()
pip(python, "install", "--no-index", old)
imported(python, site)
pip(python, "install", "--no-index", "--no-compile", new)
imported(python, site)
pip(python, "uninstall", "-y", "demo")
left(directory)
with open(in_place, "wb") as file:  # as a process without the library sees it
    file.write(subprocess.check_output(["env", "-i", "find", directory, "-name", "*.py[co]*", "-o", "-name", "__pycache__"]))
shutil.rmtree(os.path.join(directory, "env"))

# remove and create it again, in every way
value = 0
for way in "rmtree", "rm", "rename", "move", "replace":
    shutil.rmtree(target, ignore_errors=True)
    write(value + 1)
    imported()
    if way == "rmtree":
        shutil.rmtree(package)
    elif way == "rm":
        run("rm", "-rf", package)
    elif way == "rename":
        os.rename(package, package + ".old")
    elif way == "move":
        shutil.move(target, target + ".old")
    value = (value + 2) % 8
    if way == "replace":
        write(value, package + ".new")
        os.rename(package, package + ".old")
        os.rename(package + ".new", package)
    else:
        write(value)
    print(way, end=" ")
    imported()
    for name in os.listdir(directory) + [os.path.join("target", n) for n in os.listdir(target)]:
        if name.endswith(".old"):
            shutil.rmtree(os.path.join(directory, name))
shutil.rmtree(target)
left(directory)
