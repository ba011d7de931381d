# SPDX-License-Identifier: MIT
"""Print the tests of CPython that have other outcomes with the library than without.

    cpython_compare.py DIRECTORY WAY MODULE

reads DIRECTORY/MODULE.ATTEMPT.WAY and DIRECTORY/MODULE.ATTEMPT.without, written by
cpython_tests.py.  A test differs if no attempt gave an outcome that it had in one of the
attempts without the library.  Prints those; exit status 1 if there are some.  WAY may be
`without`: it prints the tests that do not always come out alike without the library.
"""

import collections
import glob
import sys


def outcomes(path):
    """Test -> its outcomes: more than one where several subtests failed."""
    tests = collections.defaultdict(list)
    with open(path, errors="replace") as lines:
        for line in lines:
            test, _, outcome = line.rstrip("\n").rpartition(" ")
            tests[test].append(outcome)
    return {test: "+".join(sorted(found)) for test, found in tests.items()}


def attempts(directory, module, way):
    """Test -> the set of its outcomes in all attempts."""
    runs = [outcomes(path) for path in glob.glob("%s/%s.*.%s" % (directory, module, way))]
    tests = {test for run in runs for test in run}
    return {test: {run.get(test, "absent") for run in runs} for test in tests}


def main(directory, way, module):
    without = attempts(directory, module, "without")
    if way == "without":
        odd = {test: found for test, found in without.items() if len(found) > 1}
        for test in sorted(odd):
            print("%s: without the library sometimes %s" % (test, ", sometimes ".join(odd[test])))
        return 0
    with_library = attempts(directory, module, way)
    different = [
        (test, with_library.get(test, {"absent"}), without.get(test, {"absent"}))
        for test in sorted(set(without) | set(with_library))
    ]
    different = [row for row in different if not row[1] & row[2]]
    for test, got, want in different:
        print("%s: %s, without the library %s" % (test, "/".join(got), "/".join(want)))
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
