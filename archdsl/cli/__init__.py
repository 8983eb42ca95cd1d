"""The command line. `main` turns whatever happens into an exit code.

0 clean, 1 a wrong spec, 2 a wrong command line, 3 a limit, 4 our bug.
"""

from __future__ import annotations

import gc
import io
import os
import sys
from collections.abc import Sequence

BUG = 4
INSTALL = {
    "torch": "pip install torch (check, summary, draw and emit do without)",
    "safetensors": "pip install safetensors",
    "PIL": "pip install pillow (to read images)",
    "matplotlib": "pip install matplotlib (for pictures)",
    "tensorboard": "pip install tensorboard (for --tensorboard)",
    "scipy": "pip install scipy (to read this data set)",
    "gdown": "pip install gdown (to fetch this data set)",
    "pygls": "pip install pygls (for the language server)",
    "lsprotocol": "pip install pygls (for the language server)",
}
"""what to do about a package that only some commands need"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. Raises nothing."""
    if argv is not None:
        return _main(list(argv))
    gc.set_threshold(100_000)  # a process of one command: what it makes goes when it ends, unsorted
    code = _main(sys.argv[1:])
    gc.freeze()
    if "TORCHELASTIC_RUN_ID" in os.environ:  # threads of torch's process groups may outlive Python, and abort what ended well
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code


def _main(words: list[str]) -> int:
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # it would look through every installed package for some
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        code = _run([word for word in words if word != "--trace"])
        sys.stdout.flush()
    except BrokenPipeError:
        return _closed_pipe()
    except Exception as error:
        return _bug(error, "--trace" in words)
    return code


def _run(words: list[str]) -> int:
    from archdsl.cli.answers import CommandError, answer, exit_code
    from archdsl.cli.app import application
    from archdsl.diagnostics import Fault, SpecError
    from archdsl.diagnostics.collect import WRONG_COMMAND
    from archdsl.diagnostics.text import escaped

    try:
        application(words)(args=words, prog_name="archdsl")
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except SpecError as error:
        answer(error.diagnostics, "full", sys.stderr)
        return exit_code(error.diagnostics)
    except Fault as fault:
        answer((fault.diagnostic,), "full", sys.stderr)
        return exit_code((fault.diagnostic,))
    except CommandError as error:
        print(f"error: {escaped(str(error))}", file=sys.stderr)
        return error.code
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in INSTALL:
            raise
        print(f"error: this needs {package}, which is not installed: {INSTALL[package]}", file=sys.stderr)
        return WRONG_COMMAND
    return 0


def _closed_pipe() -> int:
    """Whoever read our output has gone. Python's own last flush must not complain either."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _bug(error: Exception, trace: bool) -> int:
    if trace:
        import traceback

        traceback.print_exception(error)
        return BUG
    print(f"internal error: {type(error).__name__}: {error}", file=sys.stderr)
    print("This is a bug in archdsl, not in your spec. `--trace` shows where; please report it with the spec.", file=sys.stderr)
    return BUG
