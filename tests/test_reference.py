"""The reference: every operation, function, block and word has its sentence; the commands tell them in three formats."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from archdsl.analyses import expected
from archdsl.cli import main
from archdsl.elaborate import declarations, parameters, sizes
from archdsl.language import item_parser, items, syntax, weights, words
from archdsl.ops import BY_NAME
from archdsl.reference import blocks, functions, operations
from archdsl.reference.sentences import SHARED, sentence, sentences

KINDS = {"ops": operations, "functions": functions, "blocks": blocks}
ENTRIES = [(kind, name) for kind, module in KINDS.items() for name in module.names()]
ARGUMENTS = [(kind, name) for kind in BY_NAME.values() for name in kind.model_fields]
GOOD = "input: [3, 8, 8]\nparams: {width: 4, depth: 2}\nbody: [{conv: width, repeat: depth}]\n"
OWN = """\
input: [3, 8, 8]
import: {good: good.yaml}
blocks:
  twice:
    description: Two of them.
    params: {w: int}
    body: [conv w, cnov w]
body: [twice 4]
"""


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str


Run = Callable[[str], Answer]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command in a folder that holds good.yaml and own.yaml, whose layers are wrong and whose blocks can be told."""
    monkeypatch.chdir(tmp_path)
    Path("good.yaml").write_text(GOOD, encoding="utf-8")
    Path("own.yaml").write_text(OWN, encoding="utf-8")

    def call(line: str) -> Answer:
        code = main(line.split())
        printed = capsys.readouterr()
        return Answer(code, printed.out, printed.err)

    return call


@pytest.mark.parametrize(("kind", "name"), ARGUMENTS, ids=lambda p: getattr(p, "name", p))
def test_every_argument_has_its_sentence(kind: type, name: str) -> None:
    text = sentence(kind, name)
    assert text
    assert text[0].islower() or text[0] == "`"
    assert not text.endswith(".")
    assert operations.argument(kind, name).takes


def test_every_shared_sentence_is_used() -> None:
    used = {name for kind, name in ARGUMENTS if name not in sentences(kind)}
    assert used == set(SHARED)


def test_every_word_has_its_sentence() -> None:
    block = {field.alias or name for name, field in syntax.BlockKeys.model_fields.items()}
    assert set(words.BLOCK) == block
    assert set(words.SPEC) == {field.alias or name for name, field in syntax.FileKeys.model_fields.items()} - block
    assert tuple(words.MODIFIERS) == items.MODIFIERS
    assert tuple(words.WIRING) == (*items.WIRING, *items.CALLS)
    assert set(words.BESIDE) == {name for names in item_parser.TAKES.values() for name in names}
    assert tuple(words.TENSOR) == declarations.KEYS
    assert set(words.WEIGHTS) == set(weights.WeightsKeys.model_fields)
    assert tuple(words.EXPECT) == expected.KEYS
    assert tuple(words.TYPES) == parameters.TYPES
    assert set(words.GIVEN) == syntax.GIVEN
    assert tuple(words.AXES) == sizes.AXIS_NAMES


@pytest.mark.parametrize("module", KINDS.values(), ids=KINDS)
def test_every_entry_is_whole(module: ModuleType) -> None:
    for name in module.names():
        entry = module.entry(name)
        assert entry.name == name
        assert entry.signature.startswith(name)
        assert entry.summary
        assert entry.source
        assert entry.group == functions.WIRED or all(example.output for example in entry.examples)


def test_an_example_is_worked_out() -> None:
    first = operations.entry("conv").examples[0]
    assert first.tensors == "weight 64×3×7×7, bias 64"
    assert "(224 + 2·3 - 1·(7 - 1) - 1) // 2 + 1 = 112" in first.sums


@pytest.mark.parametrize("command", KINDS)
def test_all_are_listed_a_line_each(run: Run, command: str) -> None:
    answer = run(command)
    assert answer.code == 0
    lines = [line.strip() for line in answer.out.splitlines() if line.startswith("  ")]
    module = KINDS[command]
    assert [line.split("  ")[0] for line in lines] == [module.entry(name, False).signature for name in module.names()]


@pytest.mark.parametrize(("command", "name"), [("ops", "conv"), ("functions", "softmax"), ("blocks", "basic")])
def test_one_is_told_in_three_formats(run: Run, command: str, name: str) -> None:
    entry = KINDS[command].entry(name)
    said = run(f"{command} {name}")
    assert said.out.startswith(f"{entry.signature}\n")
    assert entry.source in said.out
    assert all(argument.name in said.out for argument in entry.arguments)
    assert run(f"{command} {name} --format markdown").out.startswith(f"# {name}\n")
    data = json.loads(run(f"{command} {name} --format json").out)
    assert [argument["name"] for argument in data["arguments"]] == [argument.name for argument in entry.arguments]
    assert [entry["name"] for entry in json.loads(run(f"{command} --format json").out)] == KINDS[command].names()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("ops cnov", "did you mean `conv`?"),
        ("ops Conv2d", "it is called `conv` here"),
        ("ops basic", "`archdsl blocks basic` tells about it"),
        ("ops residual", "it is a word of the language: the body's output plus the shortcut"),
        ("ops qqqqqq", "`archdsl ops` lists all"),
        ("functions sofmax", "did you mean `softmax`?"),
        ("blocks bottlneck", "did you mean `bottleneck`?"),
        ("blocks twise --spec own.yaml", "did you mean `twice`?"),
        ("blocks --spec bad.txt", "no such file"),
    ],
)
def test_a_wrong_name_is_told(run: Run, line: str, said: str) -> None:
    answer = run(line)
    assert answer.code == 2
    assert said in answer.err


def test_blocks_of_a_spec(run: Run) -> None:
    listed = run("blocks --spec own.yaml")
    assert listed.code == 0
    assert "Defined in the spec\n  twice w  " in listed.out
    assert "Imported by the spec\n  good width=4 depth=2" in listed.out
    told = run("blocks twice --spec own.yaml").out
    assert "Two of them." in told
    assert "\n  description: Two of them.\n  params: {w: int}\n  body: [conv w, cnov w]" in told
    assert "defines and imports no blocks" in run("blocks --spec good.yaml").err
