# SPDX-License-Identifier: MIT
"""Tell how many modules were compiled and kept, or what else was recorded.

usage: kept.py SUMMARY MODULES PREFIX

SUMMARY and MODULES are pycstat's JSON documents.  Sources whose names begin with PREFIX have
valid pycs in the image.
"""
import json
import sys


def main(summary, modules, prefix):
    with open(summary) as file:
        summary = json.load(file)
    with open(modules) as file:
        modules = json.load(file)["modules"]
    compiled = [module for module in modules if module["compiled"]]
    wrong = []
    for module in compiled:
        if module["source"].startswith(prefix):
            wrong.append("compiled, though the image has its pyc: " + module["source"])
        elif not module["written"]:
            wrong.append("compiled, but not kept: " + module["source"])
    # Of workers that began together the second one to write a pyc gives up.
    for error in set(summary["write_errors"]) - {"EEXIST"}:
        wrong.append("write error: " + error)
    for key in "lost_events", "damaged_bytes":
        if summary[key]:
            wrong.append("%s: %d" % (key, summary[key]))
    for key in "stale", "unreadable", "not_attempted":
        if summary["totals"][key]:
            wrong.append("%s: %d" % (key, summary["totals"][key]))
    if not any(module["hits"] for module in modules if module["source"].startswith(prefix)):
        wrong.append("no hit of an image's pyc")
    if len(compiled) < 20:
        wrong.append("only %d modules compiled" % len(compiled))
    print("\n".join(wrong) or "%d modules compiled and kept" % len(compiled))


main(*sys.argv[1:])
