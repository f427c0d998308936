#!/usr/bin/python3
"""What each optimisation brings: this MPM beside a build of it in which one of them is switched off.

    tests/bench/without.py                       every one of them, five rounds of five seconds for each load
    tests/bench/without.py --only turns          one of them
    tests/bench/without.py --list                their names, and what is switched off

Each is a patch in tests/bench/without, with a word about it and the loads in which it shows on top. A copy of the
source is patched and built, and takes turns with what is in build/release as stock does in pairs.py. Printed are the
figures without it, as multiples of those with it: median, least and most of the ratios within a round. Nothing else
should run on the machine meanwhile.
"""

import dataclasses
import pathlib
import shutil
import subprocess
import sys
import tempfile

from rig import REPOSITORY, command, figures, loads, rounds, tables

PATCHES = pathlib.Path(__file__).parent / "without"
SOURCE = ("CMakeLists.txt", "CMakePresets.json", "include", "src")


@dataclasses.dataclass(frozen=True)
class Optimisation:
    name: str
    says: str
    loads: tuple

    @classmethod
    def of(cls, patch):
        says, _, rest = patch.read_text().partition("\n\nLoads: ")
        return cls(patch.stem, says, tuple(map(loads.named, rest.partition("\n")[0].split(","))))

    @property
    def patch(self):
        return PATCHES / f"{self.name}.patch"


def parse_options():
    everything = [Optimisation.of(patch) for patch in sorted(PATCHES.glob("*.patch"))]
    parser = command.parser_of(__doc__)
    parser.add_argument("--only", metavar="NAME,…", help="only these of them")
    parser.add_argument("--list", action="store_true", help="name them and end")
    options = parser.parse_args()
    wanted = options.only.split(",") if options.only else [one.name for one in everything]
    if unknown := set(wanted) - {one.name for one in everything}:
        parser.error(f"no such optimisation: {', '.join(sorted(unknown))}")
    options.chosen = [one for one in everything if one.name in wanted]
    command.find_modules(parser, options, ("ours",))
    return options


def built_without(optimisation, folder):
    """The module without it, built in this folder."""
    for name in SOURCE:
        origin = REPOSITORY / name
        (shutil.copytree if origin.is_dir() else shutil.copy)(origin, folder / name)
    for step in (["patch", "-s", "-p1", "-i", optimisation.patch],
                 ["cmake", "--preset", "release", "-DMPM_TESTS=OFF"],
                 ["cmake", "--build", "build/release", "--target", "mod_mpm_event"]):  # fmt: skip
        done = subprocess.run(step, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{optimisation.name}: {step[0]} failed\n{done.stdout}{done.stderr}")
    return folder / "build/release/mod_mpm_event.so"


def rows(optimisation, load, measured):
    for metric in load.metrics:
        found = figures.ratio(measured, "without", metric.key, peer="ours") if metric.rated else None
        if found:
            shown = [f"{value:.2f}" for value in (found.median, found.least, found.most)]
            yield [optimisation.name, load.name, metric.head, shown[0], f"{shown[1]} to {shown[2]}"]


def measure(optimisation, options, trouble):
    with tempfile.TemporaryDirectory(prefix="mpm-without-") as folder:
        options.modules["without"] = built_without(optimisation, pathlib.Path(folder))
        for load in optimisation.loads:
            pair = dataclasses.replace(load, servers=("ours", "without"))
            yield from rows(optimisation, load, rounds.measure_load(options, pair, trouble))


def main():
    options = parse_options()
    if options.list:
        print("\n".join(f"{one.name:<20}{one.says}" for one in options.chosen))
        return
    command.prepare()
    trouble = rounds.Trouble()
    found = [row for one in options.chosen for row in measure(one, options, trouble)]
    print("\n".join(tables.markdown(("Without", "Load", "Figure", "To what it is with it", "Least to most"), found)))
    if missing := trouble.left_out | trouble.failed:
        sys.exit("\n".join(f"{load}, {name}: {why}" for (load, name), why in missing.items()))


if __name__ == "__main__":
    main()
