# SPDX-License-Identifier: MIT
"""Run one module of CPython's own tests and write the outcome of each test.

    python cpython_tests.py OUTCOMES MODULE

OUTCOMES gets a line `TEST OUTCOME` for each test, as soon as it has ended: ok, FAIL,
ERROR, skipped, expected-failure, unexpected-success.  A failing subtest is a line of its
own under its test's name: what it calls itself may have a path or a process id in it.
What the tests say themselves goes to standard output and error.  For CPython 2.7 and 3.
"""

import importlib
import sys
import unittest


class Outcomes(unittest.TextTestResult):
    lines = None

    def write(self, test, outcome):
        self.lines.write("%s %s\n" % (test.id().replace(" ", "_"), outcome))
        self.lines.flush()

    def addSuccess(self, test):
        unittest.TextTestResult.addSuccess(self, test)
        self.write(test, "ok")

    def addFailure(self, test, error):
        unittest.TextTestResult.addFailure(self, test, error)
        self.write(test, "FAIL")

    def addError(self, test, error):
        unittest.TextTestResult.addError(self, test, error)
        self.write(test, "ERROR")

    def addSkip(self, test, reason):
        unittest.TextTestResult.addSkip(self, test, reason)
        self.write(test, "skipped")

    def addExpectedFailure(self, test, error):
        unittest.TextTestResult.addExpectedFailure(self, test, error)
        self.write(test, "expected-failure")

    def addUnexpectedSuccess(self, test):
        unittest.TextTestResult.addUnexpectedSuccess(self, test)
        self.write(test, "unexpected-success")

    def addSubTest(self, test, subtest, error):
        unittest.TextTestResult.addSubTest(self, test, subtest, error)
        if error is not None:
            is_failure = issubclass(error[0], test.failureException)
            self.write(test, "FAIL" if is_failure else "ERROR")


def main(outcomes, module):
    support = importlib.import_module(
        "test.support" if sys.version_info[0] > 2 else "test.test_support"
    )
    support.use_resources = []  # no network, no huge files
    Outcomes.lines = open(outcomes, "w")
    loader = unittest.defaultTestLoader
    try:
        suite = loader.loadTestsFromName("test." + module)
    except unittest.SkipTest as reason:  # 2.7: raised while the module is loaded
        Outcomes.lines.write("%s skipped\n" % module)
        print("%s: %s" % (module, reason))
        return
    unittest.TextTestRunner(resultclass=Outcomes, verbosity=2).run(suite)


if __name__ == "__main__":
    main(*sys.argv[1:])
