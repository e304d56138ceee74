"""``python -m tests.bench [--setup] [--no-peers] [--no-checks] [--sizes 357x300,…]``: the engine beside its peers, as a table and JSON.

Every row runs in a process of its own, on generated instances with fixed seeds; ratios compare rows of the same run.
``BENCH_LONGEST`` is the most seconds a row may take (20: a peer that needs longer is told by how much it is at least
slower). ``--setup`` installs the peers into an environment of their own (var/bench/peers); without it their rows say so.
The checks come last: 500 random prices per objective against solving again, at full size. Exits 1 when one differs.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import venv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from tests.bench.instances import instance
from tests.bench.peers import PEERS

HERE = Path(__file__).parent
FOLDER = Path("var/bench")
RESULT = Path("var/bench.json")
SIZES = ("357x300", "1000x1500", "5000x1500", "20000x1500", "100000x1500")
TARGETS = {"357x300": 0.15, "1000x1500": 0.5, "5000x1500": 0.5, "20000x1500": 1.0, "100000x1500": 8.0}
MEMORY = {"20000x1500": 400, "100000x1500": 500}
PEERS_AT = {
    "357x300": tuple(PEERS),
    "1000x1500": (
        "scipy linprog highs-ds",
        "highspy LP simplex",
        "highspy LP ipm",
        "scipy assignment on copies",
    ),
    "5000x1500": ("scipy assignment on copies",),
}
LONGEST = 20
PATIENT = 1800
"""Seconds for rows of our own that may take long: preparing a database, and the checks."""
PORTALS = {"sqlite": 0.15, "postgres": 0.25}
CHECKED = ("leximin", "total", "partnerships", "urgent_first")
PRICES = 500


def run(command: list[str], seconds: int = 0) -> dict[str, Any]:
    """Run one row in its own process; a row that does not end or cannot start says so."""
    seconds = seconds or int(os.environ.get("BENCH_LONGEST", LONGEST))
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=seconds, env=environment
        )
    except subprocess.TimeoutExpired:
        return {"note": f"not finished in {seconds} s"}
    if done.returncode:
        return {"note": (done.stderr.strip().splitlines() or ["failed"])[-1]}
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def peer_python() -> Path:
    """Return the interpreter of the peers' environment."""
    return FOLDER / "peers" / "bin" / "python"


def set_up() -> None:
    """Install the peers into their own environment."""
    venv.create(FOLDER / "peers", with_pip=True)
    command = [str(peer_python()), "-m", "pip", "install", "--quiet", "-r", str(HERE / "requirements.txt")]
    subprocess.run(command, check=True)


def export(size: str) -> Path:
    """Write the instance of a size for the peers, and return the file."""
    n, m = (int(part) for part in size.split("x"))
    data = instance(n, m)
    problem = data.problem()
    file = FOLDER / f"{size}.npz"
    np.savez(
        file,
        points=problem.points,
        row_capacity=problem.frame.row_capacity,
        column_capacity=problem.frame.column_capacity,
        oblast=data.columns.oblast,
        at_most=np.array([cap.at_most for cap in problem.caps]),
        total=np.array(problem.total_at_most),
        war=np.asarray(problem.in_war_zone),
        at_least=np.array(problem.war_zone_at_least),
    )
    return file


def rows_of(size: str, with_peers: bool) -> list[dict[str, Any]]:
    """Return the rows of a size: the engine first, then the plain versions and the peers."""
    n, m = size.split("x")
    rows = [
        {"size": size, "what": "engine, with proof"}
        | run([sys.executable, "-m", "tests.bench.ours", n, m], PATIENT)
    ]
    show(rows[-1], rows[0])
    if size == SIZES[0]:
        for kind, target in PORTALS.items():
            found = run([sys.executable, "-m", "tests.bench.portal", kind], PATIENT)
            rows.append({"size": size, "what": f"portal, {kind} to proposals", "target": target} | found)
            show(rows[-1], rows[-1])
        rows.append(
            {"size": size, "what": "405 crossing caps, engine"}
            | run([sys.executable, "-m", "tests.bench.crossing"], PATIENT)
        )
        show(rows[-1], rows[0])
    if not with_peers:
        return rows
    others = {"plain loop and flow, no proof": "naive"} if size == SIZES[0] else {}
    if size in SIZES[:2]:
        others |= {"flow, arc by arc, tight loop": "arcs", "flow, openreview's shape": "objects"}
    for what, kind in others.items():
        rows.append(
            {"size": size, "what": what}
            | run([sys.executable, "-m", "tests.bench.naive", kind, n, m], PATIENT)
        )
        show(rows[-1], rows[0])
    file = export(size) if size in PEERS_AT else None
    for name in PEERS_AT.get(size, ()):
        found = {"note": "not installed: python -m tests.bench --setup"}
        if peer_python().exists():
            found = run([str(peer_python()), str(HERE / "peers.py"), name, str(file)])
        rows.append({"size": size, "what": name} | found)
        show(rows[-1], rows[0])
    return rows


def show(row: dict[str, Any], ours: dict[str, Any]) -> None:
    """Print one row: elapsed and processor time, each as a ratio to the engine's, memory, total and notes."""
    columns = [f"{row['size']:>12}", f"{row['what']:<30}"]
    for kind in ("seconds", "processor"):
        mine, theirs = ours.get(kind), row.get(kind)
        columns.append(f"{theirs:>9.3f} s" if theirs else f"{'-':>9} s")
        columns.append(f"{theirs / mine:>6.1f} x" if mine and theirs else f"{'-':>6} x")
    columns.append(f"{row.get('peak_mib', '-'):>5} MiB")
    columns.append("=" if row.get("total") == ours.get("total") else str(row.get("total", "-")))
    print(" | ".join([*columns, "; ".join(_notes(row))]), flush=True)
    for each in row.get("objectives", ()):
        print(
            f"{'':>12} |   {each['objective']:<28} | costs {each['cost']} points: {each['pairs']} pairs, "
            f"{each['total']} points, worst {each['worst']}, tenth percentile {each['tenth_percentile']}"
        )


def _notes(row: dict[str, Any]) -> list[str]:
    """Return a row's remarks: for the engine its target and what binds, for a peer what it says."""
    if "rounds" not in row:
        notes = [row["note"]] if row.get("note") else []
        if "target" in row and "seconds" in row:
            notes.insert(
                0, f"target {row['target']} s: {'met' if row['seconds'] <= row['target'] else 'missed'}"
            )
        return notes
    target = TARGETS[row["size"]]
    notes = [
        f"target {target} s: {'met' if row['seconds'] <= target else 'missed'}",
        f"{row['pairs']} pairs, {row['rounds']} rounds",
        f"{row['binding_caps']} caps and the war-zone bound (worth {row['war_zone_worth']}) bind",
    ]
    if "prices" in row:
        notes.append(
            f"re-solve {row['resolve']:.3f} s (target 0.03), all prices {row['prices']:.3f} s (target 0.05)"
        )
    if "ratio_to_floor" in row:
        notes.append(f"{row['ratio_to_floor']:.2f} of 3 raw flows + 2 scoring passes (target 1)")
    if row["size"] in MEMORY:
        notes.append(f"memory target {MEMORY[row['size']]} MiB")
    return notes


def checks() -> list[dict[str, Any]]:
    """Compare prices with re-solves, an objective per process and two at a time: nothing is timed here."""
    commands = {name: [sys.executable, "-m", "tests.bench.pricing", name, str(PRICES)] for name in CHECKED}
    with ThreadPoolExecutor(2) as pool:
        answers = pool.map(lambda command: run(command, PATIENT), commands.values())
        found = [{"what": f"prices, {name}"} | answer for name, answer in zip(commands, answers, strict=True)]
    for row in found:
        print(f"{SIZES[0]:>12} | {row['what']:<30} | {row.get('note')}", flush=True)
    return found


def main() -> int:
    """Measure, print the table and write the JSON; 1 when a price differs from a re-solve."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--setup", action="store_true", help="install the peers into var/bench/peers first")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--no-checks", action="store_true", help="leave the 500 prices per objective out")
    parser.add_argument("--sizes", default=",".join(SIZES))
    options = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    if options.setup:
        set_up()
    load = os.getloadavg()[0]
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, load {load:.1f} at the start, Python {platform.python_version()}, numpy {np.__version__}"
    )
    rows = [row for size in options.sizes.split(",") for row in rows_of(size, not options.no_peers)]
    checked = [] if options.no_checks else checks()
    end = os.getloadavg()[0]
    told = {"load": [load, end], "cores": os.cpu_count(), "rows": rows, "checks": checked}
    RESULT.write_text(json.dumps(told, indent=1), encoding="utf-8")
    print(f"written to {RESULT}; load at the end {end:.1f}")
    return int(any(row.get("equal") != PRICES for row in checked))


if __name__ == "__main__":
    sys.exit(main())
