"""`archdsl lsp`: the protocol over standard input and output, around the answers of the other files.

Texts are kept here and not by pygls, which takes more characters for line ends than the protocol has. Checks run one at a time beside the
answers, a moment after the last change; what is asked meanwhile is answered from the last one.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import sys
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path
from typing import Any

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, lsp_method
from pygls.uris import to_fs_path

from archdsl._version import __version__
from archdsl.diagnostics import Source
from archdsl.lsp.checked import Checked, Held
from archdsl.lsp.convert import Converter
from archdsl.lsp.faults import shown
from archdsl.lsp.positions import edited
from archdsl.lsp.session import Open, Session
from archdsl.lsp.specs import is_spec
from archdsl.lsp.view import View

DELAY = 0.15
"""seconds without typing after which a text is checked"""
REQUEST_FAILED = -32803
STACK = 2**26
"""bytes of stack of a thread: blocks in blocks need what the main thread has, which some systems give no other"""
IDLE, GARBAGE = 1.0, 2_000_000
"""seconds after the last check when memory is tidied, and objects that may pile up until then"""
TURN, ANSWER = 0.001, 1.0
"""seconds that a check computes before an answer gets its turn, and an answer before a check does: answers come first"""
logger = logging.getLogger("archdsl.lsp")


class Protocol(LanguageServerProtocol):
    """The protocol, but changes of texts are left to the server."""

    @lsp_method(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: lsp.DidChangeTextDocumentParams) -> Generator[Any, Any, None]:
        yield self.fm.features[lsp.TEXT_DOCUMENT_DID_CHANGE], (params,), None


class Server(LanguageServer):
    """One editor's session."""

    def __init__(self, root: Path | None = None) -> None:
        super().__init__("archdsl", __version__, protocol_cls=Protocol)
        self.session = Session(root)
        self.pool = ThreadPoolExecutor(1, "check")
        self.timers: dict[str, asyncio.TimerHandle] = {}
        self.running: set[str] = set()
        self.tidying: asyncio.TimerHandle | None = None
        self.ending = False

    @property
    def encoding(self) -> str:
        """What a column counts."""
        return str(getattr(self.workspace.position_encoding, "value", self.workspace.position_encoding))

    def converter(self, uri: str) -> Converter | None:
        """What turns answers about an open document into the protocol's."""
        document = self.session.documents.get(uri)
        return None if document is None else Converter(uri, document.source, self.encoding)

    def seen(self, uri: str, position: lsp.Position | None = None) -> tuple[View, Converter] | None:
        """What is known of an open document, or of one place in it, which is sooner known."""
        converter = self.converter(uri)
        view = None if converter is None else self.session.view(uri, None if position is None else converter.offset(position))
        return None if view is None or converter is None else (view, converter)

    def end(self, params: None) -> None:
        """The editor is about to leave."""
        self.ending = True

    # Texts.

    def opened(self, params: lsp.DidOpenTextDocumentParams) -> None:
        document = params.text_document
        name = to_fs_path(document.uri) or document.uri
        self.session.open(document.uri, name, document.text, document.version, str(document.language_id))
        self.plan(document.uri, 0)

    def changed(self, params: lsp.DidChangeTextDocumentParams) -> None:
        uri = params.text_document.uri
        document = self.session.documents.get(uri)
        if document is None:
            return
        text = document.source.text
        for change in params.content_changes:
            text = self.applied(text, change)
        document.source, document.version = Source(document.source.name, text), params.text_document.version
        for other in {uri, *self.session.resting_on(document.source.name)}:
            self.plan(other, DELAY)

    def applied(self, text: str, change: lsp.TextDocumentContentChangeEvent) -> str:
        """A text after one change."""
        if not isinstance(change, lsp.TextDocumentContentChangePartial):
            return change.text
        start, end = change.range.start, change.range.end
        return edited(text, (start.line, start.character), (end.line, end.character), change.text, self.encoding)

    def closed(self, params: lsp.DidCloseTextDocumentParams) -> None:
        uri = params.text_document.uri
        document = self.session.documents.pop(uri, None)
        timer = self.timers.pop(uri, None)
        if timer is not None:
            timer.cancel()
        self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, []))
        for other in self.session.resting_on(document.source.name) if document is not None else ():
            self.plan(other, DELAY)

    # Checks.

    def plan(self, uri: str, delay: float) -> None:
        """Check a document after some time without further changes."""
        timer = self.timers.pop(uri, None)
        if timer is not None:
            timer.cancel()
        self.timers[uri] = asyncio.get_running_loop().call_later(delay, self.check, uri)

    def check(self, uri: str) -> None:
        """Check a document now, or again as soon as the check that runs has ended."""
        self.timers.pop(uri, None)
        document = self.session.documents.get(uri)
        if document is None:
            return
        if uri in self.running:
            self.plan(uri, DELAY)
            return
        self.running.add(uri)
        loop, held = asyncio.get_running_loop(), self.session.held()
        future = self.pool.submit(self.session.checked, document.source, held)
        future.add_done_callback(lambda done: loop.call_soon_threadsafe(self.ended, uri, document, done))

    def ended(self, uri: str, document: Open, future: Future[Checked]) -> None:
        """Show what a check found, unless the text is another by now."""
        self.running.discard(uri)
        fault = future.exception()
        if fault is not None:
            logger.error("archdsl failed to check %s", uri, exc_info=fault)
            return
        said = future.result()
        self.session.done(document, said)
        self.tidy_later()
        if self.session.documents.get(uri) is not document or said.source is not document.source:
            return
        converter = Converter(uri, document.source, self.encoding)
        document.spec = document.spec or is_spec(document.source.text, document.language)
        faults = shown(said) if document.spec else ()
        found = [converter.diagnostic(fault) for fault in faults]
        self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, found, document.version))
        hints = self.client_capabilities.workspace and self.client_capabilities.workspace.inlay_hint
        if hints and hints.refresh_support:
            self.workspace_inlay_hint_refresh(None, lambda answer: None)

    def tidy_later(self) -> None:
        """Collect what was left behind as soon as nobody types: Python would stop for it in the middle of an answer."""
        if self.tidying is not None:
            self.tidying.cancel()
        idle = IDLE if gc.get_count()[0] < GARBAGE else 0
        self.tidying = asyncio.get_running_loop().call_later(idle, gc.collect)

    async def beside(self, call: Callable[..., Any], *arguments: object) -> Any:
        """The result of something that takes longer, computed where checks are."""
        return await asyncio.get_running_loop().run_in_executor(self.pool, partial(call, *arguments))

    def checker(self, uri: str) -> Callable[[Source], Checked]:
        """What checks further texts of a document; that of the last check is not checked again."""
        said = self.session.documents[uri].said
        held: Held = self.session.held()

        def check(source: Source) -> Checked:
            return said if said is not None and said.source.text == source.text else self.session.checked(source, held)

        return check


def guarded(server: Server, answer: Callable[[Server, Any], Any]) -> Callable[[Any], Any]:
    """An answer that may fail without harm: the fault is logged, and the editor hears of nothing."""

    def safe(params: Any) -> Any:
        sys.setswitchinterval(ANSWER)
        try:
            return answer(server, params)
        except JsonRpcException:
            raise
        except Exception:
            logger.exception("archdsl failed to answer")
            return None
        finally:
            sys.setswitchinterval(TURN)

    return safe


def serve(root: Path | None = None) -> int:
    """Speak the protocol on standard input and output until the editor ends it. Gives 0, or 1 where that came without a `shutdown`."""
    from archdsl.lsp.features import FEATURES, rename, warm

    threading.stack_size(STACK)
    sys.setswitchinterval(TURN)
    gc.disable()
    server = Server(root)
    for name, (answer, options) in FEATURES.items():
        server.feature(name, options)(guarded(server, answer))
    server.feature(lsp.TEXT_DOCUMENT_RENAME)(partial(rename, server))
    server.pool.submit(warm)
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as out, redirect_stdout(sys.stderr):  # what is printed is no message of the protocol
        server.start_io(stdout=out)
    server.pool.shutdown(wait=False, cancel_futures=True)
    return int(not server.ending)
