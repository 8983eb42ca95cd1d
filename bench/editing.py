"""How long does an editor wait for the language server? Asked over standard input and output while someone types in a spec of 500 lines.

The figure is what 19 of 20 answers keep below, held against 100 ms. The time is what the thread of the server that
answers computes, so that a busy machine does not count. Half of the questions come upon a check of the text, which waits.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from bench.pairs import ROOT, Row, table

LINES = 500
TURNS = 40
BUDGET = 0.1
"""seconds"""
URI = "file:///bench/long.yaml"
LINE, COLUMN = 250, 12
"""where someone types: in the middle, behind `  name: conv 6`"""


def rows() -> list[Row]:
    """One line for each thing that is asked for while typing."""
    with subprocess.Popen([sys.executable, "-m", "archdsl", "lsp"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            return list(_rows(_Client(process)))
        finally:
            process.kill()


def text() -> str:
    """A spec of 500 lines: a block of its own, layers with names, one in three a call of the block."""
    head = ["input: [3, 64, 64]", "params: {width: 16, act: relu}", "let: {wide: width * 2}", "blocks:", "  mine:"]
    head += ["    params: {planes: int, stride: 1}", "    body:", "      - residual: [conv planes 3 stride=stride, batch_norm]"]
    head += ["        shortcut: [conv planes 1 stride=stride]", "      - act", "body:"]
    layers = ("conv {wide} 3", "batch_norm", "mine width")
    body = [f"  layer{i}: {layers[i % 3].format(wide='(wide + 16)')}" for i in range(LINES - len(head))]
    body[LINE - len(head)] = f"  typed{LINE}: conv 16"
    return "\n".join((*head, *body)) + "\n"


class _Client:
    """The least that an editor is."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process, self.number, self.version = process, 0, 1
        self.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        self.tell("initialized", {})
        self.tell("textDocument/didOpen", {"textDocument": {"uri": URI, "languageId": "yaml", "version": 1, "text": text()}})
        while self.read().get("method") != "textDocument/publishDiagnostics":
            pass

    def tell(self, method: str, params: Any, **more: int) -> None:
        data = json.dumps({"jsonrpc": "2.0", "method": method, "params": params, **more}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(data), data))
        self.process.stdin.flush()

    def read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        length = 0
        while (line := self.process.stdout.readline().strip()) or not length:
            length = int(line.split(b":")[1]) if line.lower().startswith(b"content-length") else length
        found: dict[str, Any] = json.loads(self.process.stdout.read(length))
        return found

    def ask(self, method: str, params: Any) -> Any:
        self.number += 1
        self.tell(method, params, id=self.number)
        while True:
            found = self.read()
            if found.get("id") == self.number:
                return found["result"]

    def spent(self) -> float:
        """Seconds that the answering thread has computed so far; by the clock where the system does not tell."""
        told = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/schedstat")
        return int(told.read_text().split()[0]) / 1e9 if told.exists() else time.perf_counter()

    def type(self, letter: str, start: int, end: int) -> None:
        """Replace some characters of the line."""
        self.version += 1
        place = {"start": {"line": LINE, "character": start}, "end": {"line": LINE, "character": end}}
        document = {"uri": URI, "version": self.version}
        self.tell("textDocument/didChange", {"textDocument": document, "contentChanges": [{"range": place, "text": letter}]})


def _rows(client: _Client) -> Iterator[Row]:
    here = {"textDocument": {"uri": URI}, "position": {"line": LINE, "character": COLUMN}}
    whole = {"textDocument": {"uri": URI}, "range": {"start": {"line": 0, "character": 0}, "end": {"line": LINES, "character": 0}}}
    call = next(i for i, line in enumerate(text().split("\n")) if i > LINE and line.endswith(": mine width"))
    named = {**here, "position": {"line": call, "character": COLUMN}}
    asked = {"completion": here, "hover": here, "inlayHint": whole, "definition": named, "documentSymbol": whole}
    for name, params in asked.items():
        times = []
        for turn in range(TURNS):
            client.type("12"[turn % 2], 18, 19)  # `conv 16` becomes `conv 26` and back
            time.sleep(0.05 if turn % 2 else 0.2)  # a check begins, or one is under way
            start = client.spent()
            found = client.ask(f"textDocument/{name}", params)
            times.append(client.spent() - start)
            assert found, name
        low, _, high = (t / BUDGET for t in quantiles(times, n=4))
        most = quantiles(times, n=20)[-1] / BUDGET
        yield Row(f"{LINES} lines, typing: {name} / 100 ms", most, low, high, 1.0, median(times), BUDGET, TURNS)


if __name__ == "__main__":
    print(table(rows()))
