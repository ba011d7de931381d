#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Print libc's functions that take a path or a descriptor, as its headers declare them.

glibc names its parameters by what they are: __fd, __path, __file, ...
"""
import re
import subprocess
import sys

HEADERS = """fcntl.h unistd.h stdio.h stdlib.h dirent.h ftw.h fts.h glob.h utime.h poll.h spawn.h
sys/stat.h sys/types.h sys/xattr.h sys/statfs.h sys/statvfs.h sys/sendfile.h sys/inotify.h
sys/time.h sys/file.h sys/ioctl.h sys/mman.h sys/uio.h sys/mount.h sys/fanotify.h""".split()
PARAMETER = re.compile(r"""
    \bint\s+(__)?(fd|fildes|filedes|fd1|fd2|fd_in|fd_out|infd|outfd|dirfd|fromfd|tofd|oldfd|newfd
                 |dfd|in_fd|out_fd|fdin|fdout|lowfd|fd_dir)\b
  | \bchar\s*\*\s*(__restrict\s+)?(__)?(file|path|name|filename|pathname|old|new|oldpath|newpath
                 |from|to|template|dir|pattern|file_name|linkpath)\b
  | \b(FILE|DIR)\s*\*""", re.X)


def main():
    text = "#define _GNU_SOURCE\n" + "".join("#include <%s>\n" % name for name in HEADERS)
    text = subprocess.run(["gcc", "-E", "-P", "-"], input=text, stdout=subprocess.PIPE,
                          universal_newlines=True, check=True).stdout
    for declaration in re.split(r"[;{}]", re.sub(r"\s+", " ", text)):
        match = re.search(r"\b(\w+) \((.*)\)", re.sub(r"__attribute__ \(\(.*", "", declaration))
        if match and "extern" in declaration and PARAMETER.search(match.group(2)):
            print(match.group(1))


if __name__ == "__main__":
    sys.exit(main())
