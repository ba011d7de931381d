# SPDX-License-Identifier: MIT
"""Read a recipe from the README and print it as shell assignments.

usage: recipes.py README systemd|uwsgi

Prints shell assignments: command (an array), directory, user, tmpfs (an array of MODE:PATH,
mounted afresh), made (an array of PATH, made for the user).
"""
import re
import shlex
import sys


def systemd(readme):
    block, = re.findall(r"^```ini\n(.*?)^```", readme, re.S | re.M)
    unit = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
    assert unit["ProtectSystem"] == "strict"
    temporary = ["1777:/tmp", "1777:/var/tmp"] if unit.get("PrivateTmp") == "yes" else []
    return {"command": shlex.split(unit["ExecStart"].replace("%C", "/var/cache")),
            "directory": unit["WorkingDirectory"], "user": unit["User"],
            "tmpfs": ["0755:/var/cache"] + temporary, "made": ["/var/cache/" + unit["CacheDirectory"]]}


def uwsgi(readme):
    line, = re.findall(r"^\$ (pycshim .* uwsgi .*)", readme, re.M)
    return {"command": shlex.split(line), "directory": "/", "user": "0", "tmpfs": [], "made": []}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        recipe = globals()[sys.argv[2]](file.read())
    for name, value in recipe.items():
        if isinstance(value, list):
            print("%s=(%s)" % (name, " ".join(map(shlex.quote, value))))
        else:
            print("%s=%s" % (name, shlex.quote(value)))


main()
