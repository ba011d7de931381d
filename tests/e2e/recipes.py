"""Take a recipe out of the README and print it as the shell would need it.

usage: recipes.py README dockerfile|compose|kubernetes|systemd|uwsgi

Prints shell assignments: command (an array), variables (an array of NAME=VALUE), directory,
user, tmpfs (an array of MODE:PATH, mounted afresh), made (an array of PATH, made for the
user), readonly (yes or no).  For `dockerfile` also build (the first stage's commands),
packages (what it installs), and copied (an array of FROM:TO).
"""
import json
import re
import shlex
import sys


def block(readme, language, number=0):
    found = re.findall(r"^```%s\n(.*?)^```" % language, readme, re.S | re.M)
    return found[number]


def dockerfile(readme):
    out = {"variables": [], "made": [], "user": "0"}
    stages = block(readme, "dockerfile").split("\nFROM ")
    runs = re.findall(r"^RUN (.*)", stages[0], re.M)
    out["packages"] = [word for run in runs if "apt-get install" in run
                       for word in run.split("install", 1)[1].split() if word[0] != "-"]
    out["build"] = [run for run in runs if "apt-get" not in run]
    out["copied"] = []
    words = {}
    for line in stages[1].splitlines()[1:]:
        name, _, rest = line.partition(" ")
        if name == "COPY":
            out["copied"].append(":".join(rest.split()[-2:]))
        elif name and not (name == "RUN" and rest.startswith("pip install ")):
            words[name] = rest
    out["directory"] = words.pop("WORKDIR")
    out["command"] = json.loads(words.pop("ENTRYPOINT")) + json.loads(words.pop("CMD"))
    assert not words, words
    run, = re.findall(r"^\$ docker run (.*) app$", readme, re.M)
    out["readonly"] = "yes" if "--read-only" in run.split() else "no"
    out["tmpfs"] = [mode_and_path(entry) for entry in re.findall(r"--tmpfs (\S+)", run)]
    return out


def mode_and_path(entry):
    """PATH[:OPTION=VALUE,...] of an engine's tmpfs, which is open to all by default."""
    path, _, options = entry.partition(":")
    mode = dict(option.split("=") for option in options.split(",") if option).get("mode", "1777")
    return "%s:%s" % (mode, path)


def yaml_blocks(readme):
    import yaml
    return [yaml.safe_load(block(readme, "yaml", number)) for number in (0, 1)]


def compose(readme):
    out = dockerfile(readme)
    service = yaml_blocks(readme)[0]["services"]["app"]
    out["readonly"] = "yes" if service["read_only"] else "no"
    out["variables"] = ["%s=%s" % item for item in service["environment"].items()]
    out["tmpfs"] = [mode_and_path(entry) for entry in service["tmpfs"]]
    return out


def kubernetes(readme):
    pod = yaml_blocks(readme)[1]["spec"]
    container, = pod["containers"]
    context = container["securityContext"]
    paths = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert all(volume["emptyDir"]["medium"] == "Memory" for volume in pod["volumes"])
    return {"command": container["command"], "directory": container["workingDir"],
            "variables": ["%(name)s=%(value)s" % entry for entry in container["env"]],
            "user": str(context["runAsUser"]), "made": [],
            "readonly": "yes" if context["readOnlyRootFilesystem"] else "no",
            # kubelet makes such a directory for everybody
            "tmpfs": ["0777:" + paths[volume["name"]] for volume in pod["volumes"]]}


def systemd(readme):
    unit = dict(line.split("=", 1) for line in block(readme, "ini").splitlines() if "=" in line)
    assert unit["ProtectSystem"] == "strict"
    temporary = ["1777:/tmp", "1777:/var/tmp"] if unit.get("PrivateTmp") == "yes" else []
    return {"command": shlex.split(unit["ExecStart"].replace("%C", "/var/cache")), "variables": [],
            "directory": unit["WorkingDirectory"], "user": unit["User"], "readonly": "yes",
            "tmpfs": ["0755:/var/cache"] + temporary, "made": ["/var/cache/" + unit["CacheDirectory"]]}


def uwsgi(readme):
    line, = re.findall(r"^\$ (pycshim .* uwsgi .*)", readme, re.M)
    return {"command": shlex.split(line), "variables": [], "directory": "/", "user": "0",
            "readonly": "yes", "tmpfs": [], "made": []}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        recipe = globals()[sys.argv[2]](file.read())
    for name, value in recipe.items():
        if isinstance(value, list):
            print("%s=(%s)" % (name, " ".join(map(shlex.quote, value))))
        else:
            print("%s=%s" % (name, shlex.quote(value)))


main()
