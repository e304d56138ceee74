"""publiccode.yml has what the standard 0.4 asks for and says of version, licence and languages what the repository says."""

from __future__ import annotations

import re
import tomllib

from deploy.catalogs import GATE
from tests.services import ROOT

TEXT = (ROOT / "publiccode.yml").read_text("utf-8")
REQUIRED = {
    "publiccodeYmlVersion", "name", "url", "platforms", "categories", "developmentStatus", "softwareType", "legal/license",
    "maintenance/type", "localisation/localisationReady", "localisation/availableLanguages",
}  # fmt: skip
OPTIONAL = {
    "softwareVersion", "releaseDate", "intendedAudience", "intendedAudience/countries", "intendedAudience/scope", "description",
    "legal", "maintenance", "maintenance/contacts", "maintenance/contractors", "localisation", "dependsOn", "dependsOn/open",
    "description/-", "description/-/shortDescription", "description/-/longDescription", "description/-/features",
    "dependsOn/open/-/name", "dependsOn/open/-/versionMin", "dependsOn/open/-/optional",
}  # fmt: skip
CLOSED_LISTS = {
    "developmentStatus": {"concept", "development", "beta", "stable", "obsolete"},
    "softwareType": {"standalone/web"},
    "maintenance/type": {"internal", "contract", "community", "none"},
    "categories": {"collaboration", "data-collection", "document-management", "workflow-management"},
    "intendedAudience/scope": {"foreign-affairs", "local-authorities"},
}
LANGUAGES = {"en", *GATE}


def values() -> dict[str, list[str]]:
    """Return path → values: a scalar's one, a list's items, a folded text's lines. The file keeps to what is read here."""
    path: list[str] = []
    read: dict[str, list[str]] = {}
    for line in TEXT.splitlines():
        words = line.strip()
        if words.startswith("#"):
            continue
        pair = re.fullmatch(r"(?:- )?([A-Za-z]+):(?: (.+))?", words)
        if pair is None:
            read["/".join(path)].append(words.removeprefix("- ").strip('"'))
            continue
        path = [*path[: (len(line) - len(words)) // 2], *(["-"] if words[0] == "-" else []), pair[1]]
        read["/".join(path)] = [] if pair[2] in {None, ">-"} else [pair[2].strip('"')]
    return read


def test_every_required_key_has_a_value_and_none_is_unknown() -> None:
    read = values()
    assert {key for key in REQUIRED if not read.get(key)} == set()
    assert {re.sub(r"(?<=^description/)\w+", "-", key) for key in read} - REQUIRED - OPTIONAL == set()
    assert read["publiccodeYmlVersion"] == ["0.4"]


def test_values_are_those_of_the_standard_and_a_named_maintainer_is_a_person() -> None:
    read = values()
    assert {
        key: read[key] for key, allowed in CLOSED_LISTS.items() if not allowed.issuperset(read[key])
    } == {}
    asked = {
        "internal": "maintenance/contacts",
        "community": "maintenance/contacts",
        "contract": "maintenance/contractors",
    }
    [kind] = read["maintenance/type"]
    assert kind == "none" or read.get(asked[kind])


def test_each_language_is_described_within_the_limits() -> None:
    read = values()
    assert set(read["localisation/availableLanguages"]) == LANGUAGES
    for language in LANGUAGES:
        short, long, features = (
            read[f"description/{language}/{key}"]
            for key in ("shortDescription", "longDescription", "features")
        )
        assert len(short[0]) <= 150
        assert 150 <= len(" ".join(long)) <= 10_000
        assert len(features) >= 5


def test_version_date_and_licence_are_those_of_the_repository() -> None:
    read = values()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert (read["softwareVersion"], read["legal/license"]) == ([project["version"]], [project["license"]])
    [date] = read["releaseDate"]
    assert f"\n## {project['version']} – {date}\n" in (ROOT / "CHANGELOG.md").read_text("utf-8")
