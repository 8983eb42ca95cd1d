"""An editor for the tests: the language server in a process of its own, spoken to over standard input and output by pygls's client."""

from __future__ import annotations

import asyncio
import re
import sys
import threading
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient

T = TypeVar("T")
WAIT = 60
"""seconds after which an answer is given up"""


class Editor:
    """One session. Texts are kept as an editor does, changed by edits, and every position is in the units that were agreed on."""

    def __init__(self, *options: str, encodings: Sequence[lsp.PositionEncodingKind] | None = None) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.client = LanguageClient("tests", "1")
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.said: dict[str, lsp.PublishDiagnosticsParams] = {}
        self.news = threading.Condition()
        self.client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(lambda params: self.published(params))
        self.wait(self.client.start_io(sys.executable, "-W", "error", "-m", "archdsl", "lsp", *options))
        general = lsp.GeneralClientCapabilities(position_encodings=encodings) if encodings is not None else None
        rename = lsp.TextDocumentClientCapabilities(rename=lsp.RenameClientCapabilities(prepare_support=True))
        capabilities = lsp.ClientCapabilities(general=general, text_document=rename)
        self.capabilities = self.wait(self.client.initialize_async(lsp.InitializeParams(capabilities))).capabilities
        self.client.initialized(lsp.InitializedParams())

    def wait(self, call: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(call, self.loop).result(WAIT)

    def published(self, params: lsp.PublishDiagnosticsParams) -> None:
        with self.news:
            self.said[params.uri] = params
            self.news.notify_all()

    def close(self) -> int:
        """End the session; gives the exit code of the server."""

        async def end() -> int:
            await self.client.shutdown_async(None)
            self.client.exit(None)
            server = self.client._server
            assert server is not None
            code = await asyncio.wait_for(server.wait(), WAIT)
            await self.client.stop()
            return code

        code = self.wait(end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()
        return code

    def do(self, call: Callable[[], None]) -> None:
        """Send a notification from the loop that the client lives in."""
        done = threading.Event()
        self.loop.call_soon_threadsafe(lambda: (call(), done.set()))
        assert done.wait(WAIT)

    def open(self, path: Path, text: str | None = None, language: str = "archdsl") -> str:
        """Open a file, with another text than the disk's if told; gives its address."""
        uri = path.absolute().as_uri()
        self.texts[uri] = path.read_text(encoding="utf-8") if text is None else text
        self.versions[uri] = 1
        item = lsp.TextDocumentItem(uri, language, 1, self.texts[uri])
        self.do(lambda: self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(item)))
        return uri

    def shut(self, uri: str) -> None:
        params = lsp.DidCloseTextDocumentParams(lsp.TextDocumentIdentifier(uri))
        self.do(lambda: self.client.text_document_did_close(params))

    def edit(self, uri: str, *changes: tuple[int, int, str]) -> None:
        """Change parts of a text, one after another: from one character to another, by a new text."""
        parts = []
        for start, end, new in changes:
            parts.append(lsp.TextDocumentContentChangePartial(self.range(uri, start, end), new))
            self.texts[uri] = self.texts[uri][:start] + new + self.texts[uri][end:]
        self.versions[uri] += 1
        identifier = lsp.VersionedTextDocumentIdentifier(self.versions[uri], uri)
        self.do(lambda: self.client.text_document_did_change(lsp.DidChangeTextDocumentParams(identifier, parts)))

    def replace(self, uri: str, old: str, new: str) -> None:
        """Write `new` for the only `old` of a text."""
        assert self.texts[uri].count(old) == 1
        start = self.texts[uri].index(old)
        self.edit(uri, (start, start + len(old), new))

    def apply(self, uri: str, edit: lsp.WorkspaceEdit | None) -> None:
        """Make the edits that the server gave for one text."""
        assert edit is not None
        assert edit.changes is not None
        assert list(edit.changes) == [uri]
        places = [(self.index(uri, e.range.start), self.index(uri, e.range.end), e.new_text) for e in edit.changes[uri]]
        self.edit(uri, *sorted(places, reverse=True))

    def diagnostics(self, uri: str) -> list[lsp.Diagnostic]:
        """What is said of a text as it is now."""
        with self.news:
            current = self.news.wait_for(lambda: uri in self.said and self.said[uri].version == self.versions[uri], WAIT)
            assert current, f"nothing was said of version {self.versions[uri]}"
            return list(self.said[uri].diagnostics)

    def position(self, uri: str, needle: str, into: int = 0) -> lsp.Position:
        """The place of the first `needle` of a text, and some characters into it."""
        return at(self.texts[uri], self.texts[uri].index(needle) + into)

    def range(self, uri: str, start: int, end: int) -> lsp.Range:
        return lsp.Range(at(self.texts[uri], start), at(self.texts[uri], end))

    def text(self, uri: str, place: lsp.Range) -> str:
        """What stands at a place of a text."""
        return self.texts[uri][self.index(uri, place.start) : self.index(uri, place.end)]

    def index(self, uri: str, position: lsp.Position) -> int:
        """The character at a place; none stands between CR and LF."""
        return next(i for i in reversed(range(len(self.texts[uri]) + 1)) if at(self.texts[uri], i) == position)


def at(text: str, offset: int) -> lsp.Position:
    """Lines end at LF, CRLF and CR alone, columns count UTF-16 units: written here once more, as the protocol has it."""
    lines = re.split(r"\r\n|\r|\n", text[:offset])
    return lsp.Position(len(lines) - 1, len(lines[-1].encode("utf-16-le", "surrogatepass")) // 2)
