"""A search finds a name by its bare letters, in any case, alphabet and spelling of marks; the same on both
databases.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from functools import cache, lru_cache, reduce
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, F, Func, Q, Value
from django.db.models.functions import Replace
from django.db.models.lookups import Contains

from kommunesamarbeid.core.texts import APOSTROPHES, DASHES, letters

MAX_WORDS = 10
MAX_REMEMBERED = 400
# No word that is looked for holds it, so none is found across two fields.
BETWEEN = "\n"
LATIN_AND_CYRILLIC = (*range(0x41, 0x5B), *range(0xC0, 0x250), *range(0x400, 0x530))
# One letter that becomes two.
LIGATURES = {"Æ": "ae", "æ": "ae", "ß": "ss"}


class Letters(Func):
    """The bare letters of some texts, as `texts.letters` gives them; SQLite calls it, PostgreSQL has it as a
    table of letters.
    """

    function = "bare_letters"
    output_field = CharField()

    def as_postgresql(self, compiler: Any, connection: BaseDatabaseWrapper, **context: Any) -> Any:
        """Translate letter by letter: `lower` of a database folds what its locale knows, which may be ASCII
        alone.
        """
        text: Any = Func(
            Value(BETWEEN), *self.get_source_expressions(), function="concat_ws", output_field=CharField()
        )
        for ligature, pair in LIGATURES.items():
            text = Replace(text, Value(ligature), Value(pair))
        signs, folded = letter_table()
        table = Func(text, Value(signs), Value(folded), function="translate", output_field=CharField())
        return compiler.compile(table)


@cache
def letter_table() -> tuple[str, str]:
    """Return the letters that change and what each becomes.

    What has no counterpart, at the end, falls out.
    """
    pairs = {chr(number): letters(chr(number)) for number in LATIN_AND_CYRILLIC}
    pairs = {sign: bare for sign, bare in pairs.items() if len(bare) == 1 and bare != sign}
    pairs |= dict.fromkeys(DASHES, " ")
    return "".join(pairs) + APOSTROPHES, "".join(pairs.values())


def teach_sqlite(sender: Any, connection: BaseDatabaseWrapper, **_signal: Any) -> None:
    """Give a new connection to SQLite the function that `Letters` calls."""
    if isinstance(connection.connection, sqlite3.Connection):
        connection.connection.create_function(Letters.function, -1, _letters_of, deterministic=True)


def _letters_of(*texts: str | None) -> str:
    """Return the letters of a row's names, remembered; a long text is not worth the memory."""
    text = BETWEEN.join(filter(None, texts))
    return _remembered(text) if len(text) <= MAX_REMEMBERED else letters(text)


_remembered = lru_cache(maxsize=32_768)(letters)


def searched(words: str, fields: Iterable[str]) -> Q:
    """Return the condition that every word stands in one of the fields; no words, no condition."""
    text = Letters(*map(F, fields))
    wanted = letters(words[:1_000]).split()[:MAX_WORDS]
    return reduce(lambda condition, word: condition & Q(Contains(text, word)), wanted, Q())
