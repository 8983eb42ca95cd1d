"""Coverage-guided fuzzing of text → check, by atheris: inputs that reach new lines are kept and changed further.

`make atheris SECONDS=60`, or `python tests/guided.py 60`; `python tests/guided.py build/atheris/crash-…` repeats a find. What is kept lies
in build/atheris/, and the next run goes on from there.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path
from random import Random

FOLDER = Path(__file__).parent.parent / "build" / "atheris"
LONGEST = 2_048
"""bytes of an input"""
SLOWER = 4
"""how much longer code takes whose lines are counted"""
ELSEWHERE = (
    "archdsl.backends.torch",
    "archdsl.cli",
    "archdsl.inspect",
    "archdsl.lsp",
    "archdsl.runtime",
    "archdsl.training",
    "archdsl.weights",
)
"""what no text reaches on its way to an answer"""


def main(words: list[str]) -> None:
    """Fuzz for as many seconds as the word says, or run the one file that it names. Ends the process."""
    import atheris

    with atheris.instrument_imports(include=["archdsl"]):
        import archdsl

        for module in pkgutil.walk_packages(archdsl.__path__, "archdsl."):
            if not module.name.startswith(ELSEWHERE) and not module.name.endswith("__main__"):
                importlib.import_module(module.name)
        import bounded
        import damage

    turns = iter(range(10**12))

    def one(data: bytes) -> None:
        turn = next(turns)
        with bounded.bounded(SLOWER * bounded.SECONDS):
            bounded.check("net.yaml", data, turn)
        if turn % bounded.SAMPLE == 0:
            with bounded.bounded(SLOWER * bounded.SECONDS):
                bounded.further("net.yaml", data)

    def changed(data: bytes, longest: int, seed: int) -> bytes:
        rng = Random(seed)
        if rng.random() < 0.5:
            return bytes(atheris.Mutate(data, longest))
        text = rng.choice(damage.PLAIN)(rng, data.decode("utf-8", "replace"))
        return text.encode("utf-8", "surrogatepass")[:longest]

    seconds = words[0] if words else "60"
    options = [seconds] if not seconds.isdigit() else [str(corpus(damage.seeds())), f"-max_total_time={seconds}"]
    limits = [f"-max_len={LONGEST}", f"-artifact_prefix={FOLDER}/", "-timeout=20", "-rss_limit_mb=4096", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *options, *limits], one, custom_mutator=changed)
    atheris.Fuzz()


def corpus(seeds: tuple[tuple[str, str], ...]) -> Path:
    """The folder of inputs, which holds the small specs to start from."""
    folder = FOLDER / "corpus"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in seeds:
        if len(text) < LONGEST:
            (folder / Path(name).stem).write_text(text, encoding="utf-8")
    return folder


if __name__ == "__main__":
    main(sys.argv[1:])
