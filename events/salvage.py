"""Rows out of a damaged SQLite file, read page by page without SQLite.

SQLite gives up on a file whose header or tree is hurt, and drops silently all that follows the
first hurt frame of a write-ahead log; the rows behind are mostly whole. Every leaf that can be
parsed is parsed, in the file and in each frame, older versions of a page included. Nothing here is
trusted: a row carries its own checksum.

Formats: sqlite.org/fileformat2.html, "B-tree Pages", "Record Format", "WAL Frame Format".
"""

import struct
from collections.abc import Iterator, Mapping, Sequence

PAGE = 4096
WAL_HEADER = 32
FRAME_HEADER = 24
FRAME = FRAME_HEADER + PAGE

_LITTLE_ENDIAN = bytes.fromhex("377f0682")
_LEAF = 0x0D
_FIRST_PAGE = 100
_LOCAL_MOST = PAGE - 35
_LOCAL_LEAST = (PAGE - 12) * 32 // 255 - 23
_OVERFLOW = PAGE - 4
_BLOB = 12
_SIZES = (0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0)

Value = bytes | str | None


class _Hurt(Exception):
    """These bytes are not what the format says."""


def rows(database: bytes, wal: bytes) -> Iterator[tuple[int, Sequence[Value]]]:
    """Yield (rowid, values) of each cell that can be parsed; numbers read as None.

    The same row comes once for each version of its page. Never raises.
    """
    numbered = [
        (place // PAGE + 1, _page(database, place)) for place in range(0, len(database), PAGE)
    ]
    numbered += [
        (int.from_bytes(wal[place : place + 4], "big"), _page(wal, place + FRAME_HEADER))
        for place in range(WAL_HEADER, len(wal) - FRAME_HEADER, FRAME)
    ]
    latest = dict(numbered)
    for _, page in numbered:
        for start in (0, _FIRST_PAGE):
            if page[start] == _LEAF:
                yield from _leaf(page, start, latest)


def is_hurt(wal: bytes) -> bool:
    """Return whether the header or a whole frame of a write-ahead log is not what SQLite wrote there.

    Each frame's checksum goes on from that of the frame before; a segment's log begins once and is
    never begun anew. A frame that is not whole was being written when its writer ended.
    """
    words = "<" if wal[:4] == _LITTLE_ENDIAN else ">"
    salts, before = wal[16:24], (0, 0)
    if len(wal) >= WAL_HEADER:
        before = struct.unpack(">II", wal[24:WAL_HEADER])
        # SQLite drops a log whose header is hurt, without a word.
        if _checksum((0, 0), wal[:24], words) != before:
            return True
    for place in range(WAL_HEADER, len(wal) - FRAME + 1, FRAME):
        head, page = wal[place : place + FRAME_HEADER], wal[place + FRAME_HEADER : place + FRAME]
        told = struct.unpack(">II", head[16:])
        if head[8:16] != salts or _checksum(before, head[:8] + page, words) != told:
            return True
        before = told
    return False


def _checksum(before: tuple[int, int], data: bytes, words: str) -> tuple[int, int]:
    first, second = before
    for word in struct.unpack(f"{words}{len(data) // 4}I", data):
        first, second = second, (first + second + word) & 0xFFFFFFFF
    return first, second


def unended(wal: bytes) -> bytes:
    """Return a write-ahead log without what comes before the end of its last commit.

    All of that SQLite shows, where no frame is hurt.
    """
    frames = range(WAL_HEADER, len(wal) - FRAME + 1, FRAME)
    commits = (place for place in reversed(frames) if any(wal[place + 4 : place + 8]))
    last = next(commits, None)
    return wal if last is None else wal[:WAL_HEADER] + wal[last + FRAME :]


def _page(file: bytes, place: int) -> bytes:
    return file[place : place + PAGE].ljust(PAGE, b"\0")


def _leaf(
    page: bytes, start: int, pages: Mapping[int, bytes]
) -> Iterator[tuple[int, Sequence[Value]]]:
    (count,) = struct.unpack_from(">H", page, start + 3)
    pointers = start + 8
    for place in range(pointers, min(pointers + 2 * count, PAGE - 1), 2):
        (cell,) = struct.unpack_from(">H", page, place)
        try:
            yield _cell(page, cell, pages)
        except (_Hurt, IndexError, struct.error, UnicodeDecodeError):
            continue


def _cell(page: bytes, place: int, pages: Mapping[int, bytes]) -> tuple[int, Sequence[Value]]:
    length, place = _varint(page, place)
    rowid, place = _varint(page, place)
    if length > len(pages) * PAGE:
        raise _Hurt
    if length <= _LOCAL_MOST:
        return rowid, _values(page[place : place + length])
    local = _LOCAL_LEAST + (length - _LOCAL_LEAST) % _OVERFLOW
    if local > _LOCAL_MOST:
        local = _LOCAL_LEAST
    (following,) = struct.unpack_from(">I", page, place + local)
    rest = _chain(following, length - local, pages)
    return rowid, _values(page[place : place + local] + rest)


def _chain(number: int, length: int, pages: Mapping[int, bytes]) -> bytes:
    parts = []
    while length > 0:
        if number not in pages:
            raise _Hurt
        page = pages[number]
        parts.append(page[4 : 4 + min(length, _OVERFLOW)])
        length -= _OVERFLOW
        (number,) = struct.unpack_from(">I", page)
    return b"".join(parts)


def _values(payload: bytes) -> Sequence[Value]:
    end, place = _varint(payload, 0)
    body = end
    found: list[Value] = []
    while place < end:
        serial, place = _varint(payload, place)
        size = (serial - _BLOB) // 2 if serial >= _BLOB else _SIZES[serial]
        content, body = payload[body : body + size], body + size
        if serial < _BLOB:
            found.append(None)
        else:
            found.append(content.decode() if serial % 2 else content)
    if body != len(payload):
        raise _Hurt
    return found


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = 0
    for used in range(8):
        byte = data[place + used]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, place + used + 1
    return value << 8 | data[place + 8], place + 9
