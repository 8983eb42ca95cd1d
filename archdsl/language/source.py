"""Files and bytes → `Source`. Nothing is opened that is no plain file, nothing unpacked, nothing read beyond the limit."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from archdsl.diagnostics import Fault, Source, Span
from archdsl.diagnostics.suggest import nearest
from archdsl.limits import Limits

SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a zip archive, as `torch.save` writes them"),
    (b"\x89HDF", "HDF5, as Keras writes it"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x80\x02", "a pickle, as old `torch.save` wrote them"),
    (b"\x80\x03", "a pickle"),
    (b"\x80\x04", "a pickle"),
    (b"\x80\x05", "a pickle"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"%PDF", "a PDF"),
    (b"\x7fELF", "a program"),
)
WINDOWS = re.compile(rb"[\x80-\x9f]")
"""what Latin-1 has control characters for, and Windows-1252 quotes and dashes"""
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
UTF8_MARK = b"\xef\xbb\xbf"


def load_source(path: str | os.PathLike[str], limits: Limits, *, imported_from: Span | None = None) -> Source:
    """The text of a file. Raises `Fault` (AD1001 to AD1004 for the path, AD1010 and on for its bytes, AD5001 for its size)."""
    name = os.fspath(path)
    at = _start(name, imported_from)
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise Fault("AD1002", at, f"`{name}` is a directory, not a spec", help=_inside(Path(path)))
        if not stat.S_ISREG(status.st_mode):
            help = "save the spec as a file, or send it through a pipe: `… | archdsl check -`"
            raise Fault("AD1003", at, f"`{name}` is not a regular file; it was not opened", help=help)
        if status.st_size > limits.file_bytes:
            raise _too_large(at, status.st_size, limits)
        with open(path, "rb") as file:
            data = file.read(limits.file_bytes + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise Fault("AD1001", at, f"no such file: `{name}`", help=missing_hint(Path(path))) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise Fault("AD1004", at, f"`{name}` cannot be read: {reason}") from None
    return source_of_bytes(data, name, limits, imported_from=imported_from)


def source_of_bytes(data: bytes, name: str, limits: Limits, *, imported_from: Span | None = None) -> Source:
    """The text in some bytes: UTF-8, a byte order mark dropped. Raises `Fault`."""
    at = _start(name, imported_from)
    if len(data) > limits.file_bytes:
        raise _too_large(at, len(data), limits)
    if kind := _signature(data):
        help = "a spec is text; weights go to `--weights`"
        raise Fault("AD1012", at, f"`{name}` is no text but {kind}; nothing in it was unpacked or run", help=help)
    if data.startswith(UTF16_MARKS):
        raise Fault("AD1011", at, "the file is UTF-16: it starts with a UTF-16 byte order mark", help="save it as UTF-8")
    if len(data) > 1 and (not any(data[0:8:2]) or not any(data[1:8:2])):
        raise Fault("AD1011", at, "the file is UTF-16: every second byte is zero", help="save it as UTF-8")
    try:
        return Source(name, data.removeprefix(UTF8_MARK).decode("utf-8"), imported_from)
    except UnicodeDecodeError as error:
        raise _not_utf8(data, error, name, imported_from) from None


def _signature(data: bytes) -> str | None:
    """What bytes are that begin like a well-known format."""
    if data[4:10] == b'\0\0\0\0{"':  # the length of a header, then the header
        return "safetensors"
    return next((kind for mark, kind in SIGNATURES if data.startswith(mark)), None)


def missing_hint(path: Path, suffixes: tuple[str, ...] = (".yaml",)) -> str | None:
    """What may have been meant by the path of a file that is not there; such files end in one of the suffixes."""
    folder = path.parent
    try:
        names = sorted(entry.name for entry in os.scandir(folder))[:10_000]
    except OSError:
        return f"there is no folder `{folder}`"
    stems = {Path(name).stem: name for name in names if name.endswith(suffixes)}
    found = nearest(path.name, names) or stems.get(nearest(path.stem, stems) or "")
    if found is None:
        return f"looked in `{folder}`{'' if path.suffix else f'; a file is named with its ending, `{path.name}{suffixes[0]}`'}"
    return f"looked in `{folder}`; did you mean `{found}`?"


def _inside(folder: Path) -> str | None:
    try:
        specs = sorted(entry.name for entry in os.scandir(folder) if entry.name.endswith((".yaml", ".yml")))
    except OSError:
        return None
    return f"name a file in it, for example `{folder / specs[0]}`" if specs else "name a file"


def _start(name: str, imported_from: Span | None) -> Span:
    return Span(Source(name, "", imported_from), 0, 0)


def _too_large(at: Span, size: int, limits: Limits) -> Fault:
    message = f"the file has {size:,} bytes; the limit `file_bytes` is {limits.file_bytes:,}"
    return Fault("AD5001", at, message, help=f"raise it with `--limit file_bytes={size}`")


def _not_utf8(data: bytes, error: UnicodeDecodeError, name: str, imported_from: Span | None) -> Fault:
    # Latin-1 gives every byte one character, so offsets in the text shown are offsets in the file.
    source = Source(name, data.decode("latin-1"), imported_from)
    offset = error.start
    span = Span(source, offset, offset + 1)
    message = f"the file is not UTF-8: byte {data[offset]:02X} at offset {offset}, line {span.line}"
    if error.reason == "unexpected end of data":
        return Fault("AD1010", span, message, help="the file ends inside a character: it was cut short")
    encoding = "Windows-1252" if WINDOWS.search(data) else "Latin-1 (ISO 8859-1)"
    return Fault("AD1010", span, message, help=f"it looks like {encoding}; save it as UTF-8")
