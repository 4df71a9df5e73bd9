"""Rows go into the tables as they are, whatever their text holds."""

from datetime import UTC, date, datetime

import psycopg
import pytest

from events import copying

TEXTS = [
    "", "null", "NULL", "a,b", '"', '""', "\\", "\\\\", "\\n", '\\"', "a\nb", "\t", "\x01", "é’ ",
    "[18F]FDG", "],[", "]", ',["', "{}", "\\.", "x\r\ny", "\u2028", "𝔸",
]  # fmt: skip
MOMENT = datetime(2026, 3, 1, 12, 30, 0, 250, tzinfo=UTC)


@pytest.mark.parametrize("texts", [[text] for text in TEXTS] + [TEXTS, ["plain"] * 3])
def test_what_is_copied_is_what_was_folded(db, superuser_dsn, texts):
    rows = [
        (text, number, number % 2 == 0, None, date(2026, 3, 1), MOMENT)
        for number, text in enumerate(texts)
    ]
    with psycopg.connect(superuser_dsn) as connection, connection.cursor() as cursor:
        cursor.execute("SET TimeZone = 'UTC'")
        cursor.execute(
            "CREATE TEMPORARY TABLE made (text text, number integer, even boolean, nothing text,"
            " day date, moment timestamptz)"
        )
        statement = copying.IMPORT.format("made", "text, number, even, nothing, day, moment")
        with cursor.copy(statement) as copy:
            copy.write(copying.csv_lines(rows))
        assert cursor.execute("SELECT * FROM made ORDER BY number").fetchall() == rows
