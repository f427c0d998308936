"""Tables of one load, for a terminal and as Markdown, and every single run as CSV."""

import csv

from rig import figures


def servers_of(rounds):
    return list(dict.fromkeys(name for results in rounds for name in results))


def cells(load, rounds):
    """A row for each server: its name, then median and ratio to stock for each metric."""
    for name in servers_of(rounds):
        row = [name]
        for metric in load.metrics:
            found = figures.ratio(rounds, name, metric.key) if metric.rated else None
            row += [metric.form.format(figures.spread(rounds, name, metric.key).median),
                    f"x{found.median:.2f}" if found else ""]  # fmt: skip
        yield row


def plain(load, rounds):
    heads = ["load", "server"]
    for metric in load.metrics:
        heads += [metric.head, ""]
    rows = [heads, *([load.name if number == 0 else "", *row] for number, row in enumerate(cells(load, rounds)))]
    widths = (12, 8, *[width for _ in load.metrics for width in (13, 7)])
    for row in rows:
        left = "".join(cell.ljust(width) for cell, width in zip(row[:2], widths))
        yield (left + "".join(cell.rjust(width) for cell, width in zip(row[2:], widths[2:]))).rstrip()


def markdown(heads, rows):
    """The first column is text, the others are figures."""
    yield "| " + " | ".join(heads) + " |"
    yield "|---|" + "---:|" * (len(heads) - 1)
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def write_csv(path, measured):
    """One line for each run; measured: from load to its rounds."""
    keys = sorted({key for rounds in measured.values() for r in rounds for run in r.values() for key in scalars(run)})
    with open(path, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["load", "round", "server", *keys])
        for load, rounds in measured.items():
            for number, results in enumerate(rounds, 1):
                for name, run in results.items():
                    out.writerow([load, number, name, *[run.get(key, "") for key in keys]])


def scalars(run):
    return {key: value for key, value in run.items() if isinstance(value, int | float)}
