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
from rig.restarting import restart

PATCHES = pathlib.Path(__file__).parent / "without"
SOURCE = ("CMakeLists.txt", "CMakePresets.json", "include", "src")


def named(name):
    return restart(64) if name == "restart" else loads.named(name)


@dataclasses.dataclass(frozen=True)
class Optimisation:
    name: str
    says: str
    loads: tuple

    @classmethod
    def of(cls, patch):
        says, _, rest = patch.read_text().partition("\n\nLoads: ")
        return cls(patch.stem, says, tuple(map(named, rest.partition("\n")[0].split(","))))

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
    if options.list:
        print("\n".join(f"{one.name:<20}{one.says}" for one in options.chosen))
        sys.exit()
    command.find_modules(parser, options, ("ours",))
    return options


def built_without(optimisation, folder):
    """The module without it, built in this folder."""
    folder.mkdir()
    for name in SOURCE:
        origin = REPOSITORY / name
        (shutil.copytree if origin.is_dir() else shutil.copy)(origin, folder / name)
    print(f"Building without {optimisation.name}", file=sys.stderr, flush=True)
    for step in (["patch", "-s", "-p1", "-i", optimisation.patch],
                 ["cmake", "--preset", "release", "-DMPM_TESTS=OFF"],
                 ["cmake", "--build", "build/release", "--target", "mod_mpm_event"]):  # fmt: skip
        done = subprocess.run(step, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"{optimisation.name}: {step[0]} failed\n{done.stdout}{done.stderr}")
    return folder / "build/release/mod_mpm_event.so"


def measured(optimisation, module, options):
    """Its rows in the table; with a sentence in the place of what could not be measured."""
    options.modules["without"] = module
    for load in optimisation.loads:
        pair, trouble = dataclasses.replace(load, servers=("ours", "without")), rounds.Trouble()
        yield from compared(optimisation, load, rounds.measure_load(options, pair, trouble))
        for (_, name), why in (trouble.left_out | trouble.failed).items():
            yield [optimisation.name, load.name, f"{name}: {why.splitlines()[0]}", "", ""]


def compared(optimisation, load, found):
    for metric in load.metrics:
        seen = figures.ratio(found, "without", metric.key, peer="ours") if metric.rated else None
        if seen:
            least_to_most = f"{seen.least:.2f} to {seen.most:.2f}"
            yield [optimisation.name, load.name, metric.head, f"{seen.median:.2f}", least_to_most]


def main():
    options = parse_options()
    command.prepare()
    rows = []
    with tempfile.TemporaryDirectory(prefix="mpm-without-") as folder:
        modules = [built_without(one, pathlib.Path(folder, one.name)) for one in options.chosen]
        try:
            for optimisation, module in zip(options.chosen, modules):
                rows += measured(optimisation, module, options)
        finally:
            print("\n".join(tables.markdown(("Without", "Load", "Figure", "To what it is with it", "Least to most"), rows)))


if __name__ == "__main__":
    main()
