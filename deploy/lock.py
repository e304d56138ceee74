"""The lock files name exact versions with hashes for every supported Python, and no address of any registry.

Run by `make lock`; versions stay as they are unless `make lock ARGS=--upgrade` asks for newer ones.
uv is used because pip-tools writes the machine's own index options into its output.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from deploy.assets import ROOT, AssetsFailed, npm_command

UV = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"]
LOCKED = {
    "requirements.in": ("requirements.txt", "--annotate"),
    "requirements-dev.in": ("requirements-dev.txt", "--no-annotate"),
    "deploy/node.in": ("deploy/node.txt", "--no-annotate"),
}
NPM_LOCK = ROOT / "package-lock.json"


def lock_python(options: list[str]) -> None:
    """Compile each requirements file with uv's `options`.

    The one of the tests is bound to what the portal itself runs on.
    """
    for source, (target, annotation) in LOCKED.items():
        command = [*UV, "--generate-hashes", "--no-header", annotation, *options, source, "-o", target]
        if subprocess.run(command, check=False, cwd=ROOT).returncode:
            raise AssetsFailed(f"{source} could not be locked (above: why). {target} is unchanged.")


def lock_npm() -> None:
    """Write package-lock.json from package.json, without addresses."""
    command = [*npm_command(), "install", "--package-lock-only", "--ignore-scripts", "--loglevel=error"]
    if subprocess.run(command, check=False, cwd=ROOT).returncode:
        raise AssetsFailed("package.json could not be locked (above: why).")
    without_addresses(NPM_LOCK)


def without_addresses(path: Path) -> None:
    """Take out where each package came from and where its makers want money: only its hash matters."""
    lock = json.loads(path.read_text(encoding="utf-8"))
    for package in lock["packages"].values():
        package.pop("resolved", None)
        package.pop("funding", None)
    path.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def main(options: list[str]) -> int:
    """Lock everything; 1 and one clear message when a step fails."""
    try:
        lock_python(options)
        lock_npm()
    except AssetsFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
