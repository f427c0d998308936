#!/usr/bin/env python3
"""Lets one of libFuzzer's targets search for some seconds, from the inputs that are kept: `run.py PROGRAM CORPUS
FOLDER SECONDS`. What it finds goes to FOLDER."""

import pathlib
import subprocess
import sys


def main(program, corpus, folder, seconds):
    kept, found = pathlib.Path(corpus), pathlib.Path(folder)
    if not any(kept.iterdir()):
        sys.exit(f"{kept} is empty: there is nothing to start from.")
    new = found / "new"
    new.mkdir(parents=True, exist_ok=True)
    done = subprocess.run([program, f"-max_total_time={seconds}", "-timeout=10", "-max_len=1000", "-print_final_stats=1",
                           f"-artifact_prefix={found}/", new, kept], check=False)
    if done.returncode != 0:
        print(f"\nThe input is in {found}, under the name that stands above as a test unit. Replay it, alone, with\n"
              f"    {program} {found}/NAME\n"
              f"and make it shorter with\n"
              f"    {program} -minimize_crash=1 -max_total_time=60 -artifact_prefix={found}/ {found}/NAME")
    sys.exit(done.returncode)


main(*sys.argv[1:5])
