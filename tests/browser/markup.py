"""A strict reading of a page's HTML, without a browser's forgiveness: every tag closed in order, every id once, every reference met."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser

VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
# What may not stand inside a paragraph, heading or label: a browser would silently close it.
BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "details", "div", "dl", "fieldset", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6",
    "header", "hr", "main", "nav", "ol", "p", "pre", "section", "table", "ul",
})  # fmt: skip
PHRASING_ONLY = frozenset(
    {"p", "h1", "h2", "h3", "h4", "h5", "h6", "label", "span", "button", "a", "dt", "summary"}
)
PARENTS = {
    "li": {"ul", "ol", "menu"}, "dt": {"dl", "div"}, "dd": {"dl", "div"}, "option": {"select", "optgroup", "datalist"},
    "optgroup": {"select"}, "legend": {"fieldset"}, "caption": {"table"}, "tr": {"thead", "tbody", "tfoot"}, "th": {"tr"}, "td": {"tr"},
    "thead": {"table"}, "tbody": {"table"}, "summary": {"details"},
}  # fmt: skip
ALONE = frozenset({"a", "button", "label"})
REFERENCES = ("for", "form", "aria-labelledby", "aria-describedby", "aria-controls", "list")


class Reader(HTMLParser):
    """Reads a page and notes what is wrong."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.ids: Counter[str] = Counter()
        self.wanted: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Check the place of a tag and its attributes."""
        names = Counter(name for name, _value in attrs)
        self.wrong += [f"<{tag}>: attribute {name} twice" for name, times in names.items() if times > 1]
        self.wrong += [
            f"<{tag}>: {name} is not allowed here"
            for name in names
            if name == "style" or name.startswith("on")
        ]
        for name, value in attrs:
            if name == "id":
                self.ids[value or ""] += 1
            elif name in REFERENCES:
                self.wanted += [(name, part) for part in (value or "").split()]
        self._place(tag)
        if tag not in VOID:
            self.open.append(tag)

    def _place(self, tag: str) -> None:
        parent = self.open[-1] if self.open else ""
        if tag in PARENTS and parent not in PARENTS[tag]:
            self.wrong.append(f"<{tag}> in <{parent}>")
        holder = next((one for one in reversed(self.open) if one in PHRASING_ONLY), "")
        if tag in BLOCKS and holder and holder not in {"a", "dt"}:
            self.wrong.append(f"<{tag}> inside <{holder}>")
        if tag in ALONE and tag in self.open:
            self.wrong.append(f"<{tag}> inside <{tag}>")
        if parent in {"ul", "ol"} and tag not in {"li", "script", "template"}:
            self.wrong.append(f"<{tag}> in <{parent}>")

    def handle_endtag(self, tag: str) -> None:
        """Close what was opened last, and nothing else."""
        if tag in VOID or not self.open or self.open[-1] != tag:
            self.wrong.append(f"</{tag}> while <{self.open[-1] if self.open else ''}> is open")
        else:
            self.open.pop()


def mistakes(html: str) -> list[str]:
    """Return what is wrong with a page's markup, one line each."""
    reader = Reader()
    reader.feed(html)
    reader.close()
    told = list(reader.wrong) + [f"<{tag}> is never closed" for tag in reader.open]
    told += [
        f"id {name!r} occurs {times} times" for name, times in reader.ids.items() if times > 1 or not name
    ]
    told += [
        f"{attribute}={name!r} leads nowhere" for attribute, name in reader.wanted if name not in reader.ids
    ]
    if not html.lstrip().lower().startswith("<!doctype html>"):
        told.append("no doctype")
    return told
