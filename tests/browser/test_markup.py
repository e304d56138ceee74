"""Every page's HTML is read strictly, and the reading finds what it is there to find."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.access import ROWS
from tests.browser.conftest import Stage
from tests.browser.markup import mistakes
from tests.browser.stage import viewers
from tests.browser.watch import Watched

OWN = [
    (row.name, who)
    for row in ROWS
    if row.method == "get" and not row.name.startswith("admin:")
    for who in viewers(row)
]


@pytest.mark.parametrize(("name", "who"), OWN, ids=[f"{name}-{who}" for name, who in OWN])
def test_page_has_no_mistake_in_its_markup(
    stage: Stage, visit: Callable[..., Watched], name: str, who: str
) -> None:
    answer = visit(who).context.request.get(stage.origin + stage.paths[name])

    assert answer.status == 200
    assert not answer.headers["content-type"].startswith("text/html") or mistakes(answer.text()) == []


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("<p>a<div>b</div></p>", ["<div> inside <p>"]),
        ("<ul><p>a</p></ul>", ["<p> in <ul>"]),
        ("<b><i>a</b></i>", ["</b> while <i> is open"]),
        ("<p id=a>a</p><p id=a>b</p>", ["id 'a' occurs 2 times"]),
        ("<label for=b>a</label>", ["for='b' leads nowhere"]),
        ("<a href=/><button>a</button></a><a href=/><a href=/>b</a></a>", ["<a> inside <a>"]),
        (
            "<p style=x onclick=y>a</p>",
            ["<p>: style is not allowed here", "<p>: onclick is not allowed here"],
        ),
        ("<input class=a class=b>", ["<input>: attribute class twice"]),
    ],
)
def test_reading_finds_the_mistake(body: str, found: list[str]) -> None:
    assert [
        said for said in mistakes(f"<!DOCTYPE html><html><body>{body}</body></html>") if said in found
    ] == found
    assert mistakes("<!DOCTYPE html><html><body><p>a <b>b</b></p></body></html>") == []
