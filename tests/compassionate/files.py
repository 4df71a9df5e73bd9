"""Files as clinicians have them: small ones, one as large as may be, and what must not be taken."""

import random
import struct
import zlib

from compassionate.domain.document_file import LARGEST_BYTES

PICTURE = b"\x89PNG\r\n\x1a\n"


def pdf(*more: bytes, size: int = 0, seed: int = 1) -> bytes:
    """Return a PDF of one page with further objects; filled up to a size with what looks like a scan."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>",
        *more,
    ]
    made = _pdf_of(objects)
    if size:
        # The place of the table of objects takes as many digits with any picture near this size.
        bare = len(_pdf_of([*objects, _scan(bytes(size))])) - size
        made = _pdf_of([*objects, _scan(random.Random(seed).randbytes(size - bare))])
    return made


def _scan(data: bytes) -> bytes:
    return b"<</Type/XObject/Subtype/Image/Length %08d>>\nstream\n%s\nendstream" % (
        len(data),
        data,
    )


def _pdf_of(objects: list[bytes]) -> bytes:
    made = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, one in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    start = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for place in places:
        made += b"%010d 00000 n \n" % place
    made += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        start,
    )
    return bytes(made)


def folded(content: bytes, about: bytes = b"/Filter/FlateDecode") -> bytes:
    """Return an object stream that holds objects folded together."""
    packed = zlib.compress(content)
    return b"<</Type/ObjStm/N 1/First 4/Length %d%s>>\nstream\n%s\nendstream" % (
        len(packed),
        about,
        packed,
    )


def png(*, end: bool = True) -> bytes:
    """Return a picture of one grey point."""
    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(b"\0\x80")), (b"IEND", b"")]
    return PICTURE + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in (chunks if end else chunks[:-1])
    )


def jpeg(*, end: bool = True) -> bytes:
    """Return the frame of a photograph whose head holds a smaller one, with an end of its own."""
    small = b"\xff\xd8\xff\xdb\x00\x04\x00\x00\xff\xda\x00\x02\x12\xff\xd9"
    head = b"\xff\xe1" + struct.pack(">H", len(small) + 2) + small
    scan = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + b"\x12\xff\x00\x34"
    return b"\xff\xd8" + head + scan + (b"\xff\xd9" if end else b"")


SMALL = pdf()
LARGEST = pdf(size=LARGEST_BYTES)
