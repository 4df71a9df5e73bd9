"""What a text may hold so that PostgreSQL and JSON can keep it."""


def is_readable(text: str) -> bool:
    """Say whether a text holds neither a null character nor half of a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= symbol <= "\udfff" for symbol in text)
