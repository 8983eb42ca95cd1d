"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkstemp

from archdsl.cli.answers import CommandError
from archdsl.diagnostics.suggest import nearest
from archdsl.diagnostics.text import escaped


def check_target(path: Path, suffixes: Sequence[str], spec: str) -> None:
    """Refuse a place to write to before any work is done. Raises `CommandError`."""
    if path.exists() and spec != "-" and Path(spec).exists() and path.samefile(spec):
        raise CommandError(f"`-o {path}` would overwrite the spec itself")
    if path.suffix not in suffixes:
        found = nearest(path.suffix.removeprefix("."), [suffix.removeprefix(".") for suffix in suffixes])
        hint = f"; did you mean `.{found}`?" if found else ""
        raise CommandError(f"`-o {path}`: the suffix says what to write, and may be {', '.join(suffixes)}{hint}")
    if not path.parent.is_dir():
        raise CommandError(f"`-o {path}`: there is no folder `{path.parent}`")
    if path.is_dir():
        raise CommandError(f"`-o {path}` is a folder")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A new file beside `path`, with its suffix, that takes its place when all went well. An older file stays whole if not."""
    try:
        handle, name = mkstemp(suffix=path.suffix, prefix=f".{path.stem[:40]}-", dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise CommandError(f"`{path}` cannot be written: {error.strerror}") from None
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_mask())
        os.replace(temporary, path)
    except OSError as error:
        raise CommandError(f"`{path}` cannot be written: {error.strerror or error}; nothing was changed", code=3) from None
    finally:
        temporary.unlink(missing_ok=True)


def write(path: Path, content: str | bytes) -> None:
    """Write a text or bytes, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)


def put(text: str) -> None:
    """Print a text as it is, in UTF-8 whatever the terminal's encoding."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8"))
    sys.stdout.buffer.flush()


def _mask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def difference(name: str, before: str, after: str) -> str:
    """What changes in a file, as a unified diff whose control characters are escaped; "" for nothing.

    >>> print(difference("net.yaml", "- relu\\r\\n", "- relu\\n"), end="")
    --- net.yaml
    +++ net.yaml
    @@ -1 +1 @@
    -- relu\\x0d
    +- relu
    """
    from difflib import unified_diff

    return "".join(f"{line}\n" for line in unified_diff(_rows(before), _rows(after), escaped(name), escaped(name), lineterm=""))


def _rows(text: str) -> list[str]:
    """The lines of a text as they are shown, the last with a remark if it has no end."""
    *rows, last = ("\t".join(map(escaped, row.split("\t"))) for row in text.split("\n"))
    return [*rows, f"{last}\n\\ No newline at end of file"] if last else rows
