"""Small files that are what they say: each the least that a program would open."""

import struct
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from PIL import Image
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from tests.conftest import Answer, Person


def upload(person: Person, path: str, filename: str, content: bytes, **options: Any) -> Answer:
    """Send a file as a browser's form does, in the part `file`."""
    boundary, body = encode_multipart({"file": FileStorage(BytesIO(content), filename)})
    kind = f"multipart/form-data; boundary={boundary}"
    return person.post(path, data=body, content_type=kind, **options)


def image(
    format_: str, size: tuple[int, int] = (8, 6), color: str = "red", **options: Any
) -> bytes:
    """A picture of one color."""
    result = BytesIO()
    Image.new("RGB", size, color).save(result, format_, **options)
    return result.getvalue()


def pdf() -> bytes:
    """One empty page."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 72 72] >>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(body)
    return body + b"xref\n0 4\n0000000000 65535 f \n" + table + end


def zipped(parts: dict[str, str]) -> bytes:
    """A zip with these entries."""
    result = BytesIO()
    with ZipFile(result, "w", ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return result.getvalue()


def _office(main: str, kind: str, content: str, more: dict[str, str]) -> bytes:
    package = "http://schemas.openxmlformats.org/package/2006"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    mime = f"application/vnd.openxmlformats-officedocument.{kind}.main+xml"
    rels = "application/vnd.openxmlformats-package.relationships+xml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        f'<Default Extension="rels" ContentType="{rels}"/>'
        f'<Override PartName="/{main}" ContentType="{mime}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{office}/officeDocument" Target="{main}"/></Relationships>',
        main: content,
    }
    return zipped(parts | more)


def docx(**more: str) -> bytes:
    """A Word document with one empty paragraph."""
    main = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    content = f'<w:document xmlns:w="{main}"><w:body><w:p/></w:body></w:document>'
    return _office("word/document.xml", "wordprocessingml.document", content, more)


def xlsx(**more: str) -> bytes:
    """An Excel workbook without a sheet."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    content = f'<workbook xmlns="{main}"><sheets/></workbook>'
    return _office("xl/workbook.xml", "spreadsheetml.sheet", content, more)


FREE, END, IS_TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def compound(stream: str, content: bytes = b"\0" * 4096) -> bytes:
    """The container of Word and Excel up to 2003, with one stream of 4096 bytes in it."""
    head = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(16)
    head += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    # One sector of the table at 0, the directory at 1; no small streams.
    head += struct.pack("<9I", 0, 1, 1, 0, 4096, END, 0, END, 0) + struct.pack("<I", 0)
    head += struct.pack("<I", FREE) * 108
    chain = [IS_TABLE, END, *range(3, 10), END]
    table = struct.pack("<128I", *chain, *[FREE] * (128 - len(chain)))
    entries = [_entry("Root Entry", 5, END, 0, child=1), _entry(stream, 2, 2, 4096)]
    return head + table + b"".join(entries).ljust(512, b"\0") + content


def _entry(name: str, kind: int, start: int, size: int, child: int = FREE) -> bytes:
    encoded = (name + "\0").encode("utf-16-le")
    shape = struct.pack("<HBBIII", len(encoded), kind, 1, FREE, FREE, child)
    return encoded.ljust(64, b"\0") + shape + bytes(36) + struct.pack("<IQ", start, size)


def box(name: bytes, content: bytes) -> bytes:
    """What MP4 and QuickTime files are made of."""
    return struct.pack(">I", 8 + len(content)) + name + content


def mp4(brand: bytes = b"isom", compatible: bytes = b"isommp42") -> bytes:
    """A film without a frame."""
    header = box(b"mvhd", bytes(12) + struct.pack(">II", 1000, 0) + bytes(80))
    kind = box(b"ftyp", brand + struct.pack(">I", 512) + compatible)
    return kind + box(b"moov", header) + box(b"mdat", b"")


def mov() -> bytes:
    """The same as QuickTime has it."""
    return mp4(b"qt  ", b"qt  ")


def webm(kind: bytes = b"webm") -> bytes:
    """The head of a film, then nothing."""
    kind_element = b"\x42\x82" + bytes([0x80 | len(kind)]) + kind
    fields = b"\x42\x86\x81\x01\x42\xf7\x81\x01" + kind_element + b"\x42\x87\x81\x02"
    return b"\x1a\x45\xdf\xa3" + bytes([0x80 | len(fields)]) + fields + b"\x18\x53\x80\x67\x80"


def ogg(*codecs: bytes) -> bytes:
    """The first page of each stream; a codec tells itself by how its stream begins."""
    pages = b""
    for serial, codec in enumerate(codecs):
        packet = codec.ljust(42, b"\0")
        pages += b"OggS\0\x02" + bytes(8) + struct.pack("<III", serial, 0, 0)
        pages += bytes([1, len(packet)]) + packet
    return pages


THEORA, VORBIS = b"\x80theora\x03\x02\x01", b"\x01vorbis"

SAMPLES: dict[str, tuple[bytes, str]] = {
    "photo.jpg": (image("JPEG"), "image/jpeg"),
    "photo.jpeg": (image("JPEG"), "image/jpeg"),
    "shot.png": (image("PNG"), "image/png"),
    "loop.gif": (image("GIF"), "image/gif"),
    "small.webp": (image("WEBP"), "image/webp"),
    "film.mp4": (mp4(), "video/mp4"),
    "film.mov": (mov(), "video/quicktime"),
    "film.webm": (webm(), "video/webm"),
    "film.ogv": (ogg(THEORA, VORBIS), "video/ogg"),
    "film.ogg": (ogg(VORBIS, THEORA), "video/ogg"),
    "plan.pdf": (pdf(), "application/pdf"),
    "old.doc": (compound("WordDocument"), "application/msword"),
    "old.xls": (compound("Workbook"), "application/vnd.ms-excel"),
    "older.xls": (compound("Book"), "application/vnd.ms-excel"),
    "new.docx": (
        docx(),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    "new.xlsx": (xlsx(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "notes.txt": ("Grüße, 世界\n".encode(), "text/plain"),
    "marked.txt": (b"\xef\xbb\xbfwith a mark of its order", "text/plain"),
    "table.csv": (b"id,name\n1,Ada\n", "text/csv"),
}
