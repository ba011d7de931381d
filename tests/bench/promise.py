# SPDX-License-Identifier: MIT
"""Compares what an advice promised with what following it saved.

    promise.py ROUNDS CODE READY PYCSTAT RECORDING RECORDED , BEFORE , AFTER

Three commands run in turns, so that other work on the machine affects all of them alike:
RECORDED makes RECORDING under the library, BEFORE is a start without the library, AFTER
is such a start after the advice CODE was followed.  Each round yields a promise, that of
its own recording, and what was saved, BEFORE minus AFTER.  The first round is discarded.
Where an advice promises other amounts for a first start and for later ones, AFTER is a
later start, or a first one with the CODE of the advice followed by `/first`.

Prints lines of NAME MEDIAN LOW HIGH: the median over the rounds, and its 95 % interval.
Times are milliseconds: `before` and `after` (user and system time of the command and its
children), `promised` (`promised_high` is the end of a range), and `saved`.  `ratio` and
`ratio_high` are promised / saved, round by round.  The same names with `wall_` are about
wall time until the file READY was last written, or, without that file, until the end.
"""
import json
import math
import os
import subprocess
import sys
import time


def die(why):
    sys.exit("promise: " + why)


def run(command, ready):
    """Returns the CPU and wall time of the command, in milliseconds."""
    if os.path.exists(ready):
        os.unlink(ready)
    quiet = [(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
             (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0),
             (os.POSIX_SPAWN_DUP2, 1, 2)]
    begin = time.time_ns()
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=quiet)
    _, status, usage = os.wait4(pid, 0)
    end = time.time_ns()
    if status != 0:
        die("status %d: %s" % (status, " ".join(command)))
    if os.path.exists(ready):
        end = os.stat(ready).st_mtime_ns
    return 1e3 * (usage.ru_utime + usage.ru_stime), (end - begin) / 1e6


def promise_of(pycstat, recording, code):
    """Returns the promise, in milliseconds: [low, high] of CPU time and of wall time."""
    summary = json.loads(subprocess.check_output([pycstat, "--json", recording]))
    os.unlink(recording)
    code, _, first = code.partition("/")
    for advice in summary["advice"]:
        if advice["code"] == code:
            return [[1e3 * advice.get(key + "_" + end, advice.get(key + "_seconds", 0))
                     for end in ("low", "high")]
                    for key in keys_of(advice, first)]
    die("there is no such advice any more: " + code)


def keys_of(advice, first):
    later = "saves_later_seconds" in advice and not first
    return ("saves_later", "saves_later_ready") if later else ("saves", "saves_ready")


def near_median(values, ranks):
    at = min(max((len(values) - 1) / 2 + ranks, 0), len(values) - 1)
    below = int(at)
    above = min(below + 1, len(values) - 1)
    return values[below] + (at - below) * (values[above] - values[below])


def show(name, values):
    values = sorted(values)
    ranks = 1.96 * math.sqrt(len(values)) / 2  # 95 % of a binomial distribution
    print(name, *("%.4f" % near_median(values, r) for r in (0, -ranks, ranks)))


def show_kind(prefix, promised, before, after):
    saved = [b - a for b, a in zip(before, after)]
    show(prefix + "before", before)
    show(prefix + "after", after)
    show(prefix + "saved", saved)
    for end, name in enumerate(("", "_high")):
        of_end = [p[end] for p in promised]
        show(prefix + "promised" + name, of_end)
        if any(of_end):
            show(prefix + "ratio" + name, [p / s for p, s in zip(of_end, saved)])


def main():
    rounds, code, ready, pycstat, recording = sys.argv[1:6]
    commands = [[]]
    for word in sys.argv[6:]:
        if word == ",":
            commands.append([])
        else:
            commands[-1].append(word)
    if len(commands) != 3:
        sys.exit(__doc__)
    promised, samples = [], [[], [], []]
    for number in range(int(rounds) + 1):
        for turn in range(3):
            which = (number + turn) % 3
            sample = run(commands[which], ready)
            promise = promise_of(pycstat, recording, code) if which == 0 else None
            if number == 0:
                continue
            samples[which].append(sample)
            if promise:
                promised.append(promise)
    for kind, prefix in enumerate(("", "wall_")):
        show_kind(prefix, [p[kind] for p in promised],
                  *([sample[kind] for sample in samples[which]] for which in (1, 2)))


main()
