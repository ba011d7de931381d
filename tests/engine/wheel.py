# SPDX-License-Identifier: MIT
"""Make a wheel of an installed package, with one program, for pip to install.

usage: wheel.py PACKAGE MODULE:FUNCTION DIRECTORY
"""
import os
import sys
import zipfile


def main(package, function, directory):
    top, name = os.path.split(package)
    information = name + "-1.dist-info/"
    texts = {
        information + "METADATA": "Metadata-Version: 2.1\nName: %s\nVersion: 1\n" % name,
        information + "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        information + "entry_points.txt": "[console_scripts]\n%s = %s\n" % (name, function),
    }
    with zipfile.ZipFile(os.path.join(directory, name + "-1-py3-none-any.whl"), "w") as wheel:
        for path, _, files in os.walk(package):
            for file in files:
                if file.endswith(".py"):
                    path_in_wheel = os.path.relpath(os.path.join(path, file), top)
                    wheel.write(os.path.join(path, file), path_in_wheel)
        record = "".join(file + ",,\n" for file in wheel.namelist() + list(texts))
        texts[information + "RECORD"] = record + information + "RECORD,,\n"
        for file, text in texts.items():
            wheel.writestr(file, text)


main(*sys.argv[1:])
