"""Expressions and formulas: against Python's own eval, against torch, and against inputs of bad will."""

from __future__ import annotations

import math
import tracemalloc
import warnings

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from archdsl.diagnostics import CODES, Fault, Source, Span
from archdsl.language.builtin import FUNCTIONS, linspace, make_divisible
from archdsl.language.evaluate import Evaluator
from archdsl.language.expressions import parse_expression, parse_formula, scalar_value
from archdsl.language.tree import Attribute, Expression, Name, walk
from archdsl.language.unknown import unknown_name
from archdsl.limits import DEFAULT, Limits

NAMES: dict[str, object] = {"a": 3, "b": -2, "c": 0.5, "t": "text", "n": 0, "yes_": True, "l": [1, 2, 3], "m": [[1, 2], [3, 4]], "e": []}
PYTHON = {name: getattr(math, name) for name in ("sqrt", "log", "log2", "exp", "ceil", "floor")} | {
    "range": lambda *bounds: list(range(*bounds)),
    "enumerate": lambda *a, **k: list(enumerate(*a, **k)),
    "zip": lambda *a: list(zip(*a, strict=False)),
    "reversed": lambda values: list(reversed(values)),
    "set": lambda values: sorted(set(values)),
    "count": lambda values, value: values.count(value),
    "true": True,
    "false": False,
    "none": None,
}


class Known(Evaluator):
    """An evaluator with a few names."""

    def __init__(self, names: dict[str, object] = NAMES, limits: Limits = DEFAULT) -> None:
        super().__init__(limits)
        self.names = names
        self.asked: list[str] = []

    def name(self, node: Name) -> object:
        self.asked.append(node.text)
        if node.text not in self.names:
            raise unknown_name(node, self.names)
        return self.names[node.text]

    def origin(self, node: Name) -> Span | None:
        return Span(Source("names", "n: 0"), 3, 4) if node.text == "n" else None


def parse(text: str, limits: Limits = DEFAULT, formula: bool = False) -> Expression:
    return parse_expression(text, Span(Source("spec.yaml", f"- {text}"), 2, 2 + len(text)), limits, formula)


def value(text: str, names: dict[str, object] = NAMES) -> object:
    return Known(names).evaluate(parse(text))


def fault(text: str) -> Fault:
    with pytest.raises(Fault) as caught:
        value(text)
    return caught.value


# Random expressions of the subset that Python shares.

numbers = st.one_of(st.integers(0, 99).map(str), st.sampled_from(["0.5", "1e-3", "2.", "3.25"]))
names = st.sampled_from(sorted(NAMES))
atoms = st.one_of(numbers, names, st.sampled_from(["true", "False", "none", "'M'", '"ab"', "()", "[]", "(1,)"]))


operators = st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", ">=", "in", "not in", "and", "or"])


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    two = st.tuples(inner, inner)
    return st.one_of(
        st.tuples(inner, operators, inner).map(" ".join),
        st.tuples(st.sampled_from(["-", "+", "not "]), inner).map("".join),
        inner.map(lambda text: f"({text})"),
        two.map(lambda pair: f"[{pair[0]}, {pair[1]}]"),
        two.map(lambda pair: f"({pair[0]}, {pair[1]},)"),
        st.tuples(inner, inner, inner).map(lambda p: f"{p[0]} if {p[1]} else {p[2]}"),
        two.map(lambda pair: f"({pair[0]})[{pair[1]}]"),
        st.tuples(inner, inner, inner).map(lambda p: f"l[{p[0]}:{p[1]}:{p[2]}]"),
        st.tuples(inner, inner).map(lambda p: f"[i for i in {p[0]} if {p[1]}]"),
        inner.map(lambda text: f"[({text}, j) for i, j in enumerate(l)]"),
        st.tuples(st.sampled_from(sorted(set(FUNCTIONS) - {"linspace", "make_divisible"})), inner).map(lambda p: f"{p[0]}({p[1]})"),
        two.map(lambda pair: f"max({pair[0]}, {pair[1]})"),
        two.map(lambda pair: f"round({pair[0]}, {pair[1]})"),
    )


@given(st.recursive(atoms, larger, max_leaves=8))
@settings(max_examples=600, deadline=None)
@example("-a ** -b ** 2")
@example("not a in l == true")
@example("1 < 2 < 3 != 4 in l")
@example("a if n else b if c else t")
@example("l[-1] - l[0] * 2 - 1")
def test_the_value_is_python_s(text: str) -> None:
    """What we compute is what Python computes; we may refuse more than Python does."""
    try:
        ours = value(text)
    except Fault:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        theirs = eval(f"({text})", {"__builtins__": {}, **builtins(), **NAMES})
    assert repr(ours) == repr(theirs)


def builtins() -> dict[str, object]:
    shared = {"len": len, "sum": sum, "min": min, "max": max, "sorted": sorted, "any": any, "all": all, "int": int, "float": float}
    return {**shared, "round": round, "abs": abs, **PYTHON}


@pytest.mark.parametrize(
    "text",
    [
        "-2**2", "2**-1", "2**3**2", "7 // -2", "-7 % 3", "1 - 2 - 3", "2 * 3 % 4", "not 1 == 2", "1 if 0 else 2 if 0 else 3",
        "l[1:]", "l[::-1]", "m[1][0]", "'ab' + \"c\"", "'ab' * 2", "[0] * 3", "2 in l and 5 not in l", "n or t", "n and 1 // n",
        "[i * k for i, (j, k) in enumerate(m)]", "[x for x in l if x % 2]", "sorted(l, reverse=True)", "max(e, default=7)",
        "sum(l, start=1)", "(round(2.5), round(3.5))", "max(1, 2.5, l[0])", "int(-2.7)", "zip(l, e)", "range(3, 0, -1)",
        "ceil(2.1) + floor(2.9)", "1 < 2 < 3", "1 < 2 > 5", "(1, 'a') == (1, 'a')", "+-+1", "[[1], []][-1]",
    ],
)  # fmt: skip
def test_shared_forms(text: str) -> None:
    assert repr(value(text)) == repr(eval(text, {"__builtins__": {}, **builtins(), **NAMES}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1x7", (1, 7)), ("3x5x5", (3, 5, 5)), ("0x1", (0, 1)), ("2x3[1]", 3), ("012", 12), ("1e-5", 1e-5), (".5", 0.5),
        ("TRUE_", 1), ("true", True), ("None", None), ("'é'", "é"), ("set([3, 1, 3])", [1, 3]), ("count(['M', 1, 'M'], 'M')", 2),
        ("make_divisible(18)", 24), ("make_divisible(3, min_value=16)", 16), ("[d for d, _ in zip(range(2), l)]", [0, 1]),
        ("[1, 2,]", [1, 2]), ("1\n+ 1", 2),
    ],
)  # fmt: skip
def test_our_own_forms(text: str, expected: object) -> None:
    assert value(text, {**NAMES, "TRUE_": 1}) == expected


def test_only_the_taken_branch_is_read() -> None:
    evaluator = Known()
    assert evaluator.evaluate(parse("a if true else missing")) == 3
    assert evaluator.evaluate(parse("n and missing")) == 0
    assert evaluator.asked == ["a", "n"]


def test_loop_variables_hide_names_and_end_with_their_list() -> None:
    assert value("[a for a in l] + [a]") == [1, 2, 3, 3]
    assert value("[[a for a in [b]] + [a] for a, b in m]") == [[2, 1], [4, 3]]


def test_dotted_names_are_one_node() -> None:
    names = [node.parts for node in walk(parse("fuse_layers.0.1 + x.channels")) if isinstance(node, Name)]
    assert names == [("fuse_layers", "0", "1"), ("x", "channels")]
    tree = parse("f(x)[0].channels")
    assert isinstance(tree, Attribute)
    assert tree.name == "channels"


def test_every_node_knows_its_text() -> None:
    found = {type(node).__name__: node.span.text for node in walk(parse("[2 * k(x, p=1)[0] for i in l if not i < 3]"))}
    assert found["Binary"] == "2 * k(x, p=1)[0]"
    assert found["Subscript"] == "k(x, p=1)[0]"
    assert found["Call"] == "k(x, p=1)"
    assert found["Unary"] == "not i < 3"
    assert found["Compare"] == "i < 3"


# Faults.


@pytest.mark.parametrize(
    ("text", "code", "at", "says"),
    [
        ("8*", "AD1401", "", "a value after `*`"),
        ("(8+2", "AD1402", "(", "never closed"),
        ("1 2", "AD1401", "2", "an operator"),
        ("[1, 2", "AD1402", "[", "`]`"),
        ("(1]", "AD1401", "]", "`)`"),
        ("'a", "AD1402", "'", "never closed"),
        ("", "AD1401", "", "a value"),
        ("a, b", "AD1401", ",", "comma"),
        ("().__class__.__bases__", "AD1403", "__class__.__bases__", "__class__"),
        ("__import__('os').system('id')", "AD1403", "__import__", "__import__"),
        ("(lambda: 1)()", "AD1403", "lambda", "lambda"),
        ("max(*[1, 2])", "AD1403", "*", "star"),
        ("max(**a)", "AD1403", "**", "star"),
        ("a is b", "AD1403", "is", "is"),
        ("a.mean()", "AD1403", "a.mean", "method"),
        ("(1)(2)", "AD1403", "1", "no name"),
        ("{a: 1}", "AD1403", "{", "mappings"),
        ("sum(i for i in l)", "AD1403", "for", "brackets"),
        ("[i for i in l for j in l]", "AD1403", "for", "one clause"),
        ("a @ b", "AD1401", "@", "formulas"),
        ("a[...]", "AD1401", "...", "a value"),
        ("2 if true", "AD1404", "if", "`if` needs `else`"),
        ("1 && 1", "AD1404", "&&", "&&"),
        ("1 = 1", "AD1404", "=", "="),
        ("a ≤ b", "AD1404", "≤", "≤"),
        ("3:20", "AD1405", "3:20", "200"),
        ("2024-01-01", "AD1405", "2024-01-01", "date"),
        (".nan", "AD1405", ".nan", "finite"),
        ("0xff", "AD1405", "0xff", "decimal"),
        ("1e999", "AD1405", "1e999", "too large"),
        ("$width", "AD1107", "$width", "no mark"),
        ("8 * ${width}", "AD1107", "${width}", "no mark"),
        ("é", "AD1407", "é", "U+00E9"),
        ("max(a=1, 2)", "AD1408", "2", "positional"),
        ("max(a=1, a=2)", "AD1408", "a", "twice"),
        ("maxx(8, 4)", "AD1410", "maxx", "maxx"),
        ("round()", "AD1454", "round()", "0 arguments"),
        ("len(3)", "AD1455", "len(3)", "len(3)"),
        ("max(1, key=2)", "AD1452", "key", "no argument `key`"),
        ("64 // n", "AD1412", "64 // n", "`64 // 0`"),
        ("'8' + 8", "AD1412", "'8' + 8", "a text and a whole number"),
        ("[1, 2][2]", "AD1412", "[1, 2][2]", "index 2 in a list of 2"),
        ("sqrt(0 - 1)", "AD1412", "sqrt(0 - 1)", "sqrt(-1)"),
        ("(0 - 8) ** 0.5", "AD1412", "(0 - 8) ** 0.5", "root"),
        ("1 < 'a'", "AD1412", "1 < 'a'", "a text"),
        ("-'a'", "AD1412", "-'a'", "sign"),
        ("'%d' % 3", "AD1412", "'%d' % 3", "a text"),
        ("1e308 * 10", "AD1412", "1e308 * 10", "too large"),
        ("[i for i in 3]", "AD1413", "3", "no list"),
        ("[x for x, y in [[1, 2], [3]]]", "AD1414", "[[1, 2], [3]]", "row 2, `[3]`, has 1 value for 2 variables"),
        ("tex", "AD2001", "tex", "tex"),
        ("(1).real", "AD1416", "(1).real", "real"),
        ("9**9**9", "AD5004", "9**9**9", "64 bits"),
        ("99999999999999999999", "AD5004", "99999999999999999999", "20 digits"),
        ("2**62 * 2", "AD5004", "2**62 * 2", "64 bits"),
        ("+".join("1" * 300), "AD5020", "+".join("1" * 300), "599 characters"),
        (f"[{','.join('1' * 210)}]", "AD5021", "1", "200"),
        ("(" * 33 + "1" + ")" * 33, "AD5022", "(", "32 deep"),
        ("-" * 100 + "1", "AD5022", "-", "32 deep"),
        ("a" + "[0]" * 100, "AD5022", "[", "32 deep"),
        ("[i for i in range(10**9)]", "AD5023", "range(10**9)", "1,000,000,000"),
        ("'ab' * 10**9", "AD5023", "'ab' * 10**9", "2,000,000,000"),
    ],
)
def test_faults(text: str, code: str, at: str, says: str) -> None:
    diagnostic = fault(text).diagnostic
    assert (diagnostic.code, diagnostic.span.text) == (code, at)
    assert says in diagnostic.message
    assert code in CODES


@pytest.mark.parametrize(
    ("text", "mended"),
    [("1 && 1", "1 and 1"), ("1 = 1", "1 == 1"), ("8 * ${a}", "8 * a"), ("$a", "a"), ("a ≤ b", "a <= b"), ("!a", "not a"), ("no", "false")],
)
def test_safe_edits_mend(text: str, mended: str) -> None:
    edit = fault(text).diagnostic.edit
    assert edit is not None
    assert edit.grade == "safe"
    source = edit.span.source.text
    after = source[2 : edit.span.start] + edit.text + source[edit.span.end :]
    assert after.replace("  ", " ") == mended
    value(after)


def test_a_fault_shows_what_names_stand_for() -> None:
    diagnostic = fault("64 // n").diagnostic
    assert diagnostic.notes == ("n = 0",)
    assert [label.span.source.name for label in diagnostic.labels] == ["names"]


def test_help_names_what_was_meant() -> None:
    assert fault("maxx(1, 2)").diagnostic.help == "did you mean `max`?"
    assert fault("pow(2, 3)").diagnostic.help == "write `2**3`"
    assert "round(number)" in (fault("round()").diagnostic.help or "")
    assert "range(3)" in (fault("[i for i in 3]").diagnostic.help or "")
    assert "`false`" in (fault("no").diagnostic.help or "")


# Bad will.

HOSTILE = [
    "[[0] * 1000] * 1000",
    "[0] * 99999 + [0] * 99999",
    "[[i for i in range(1000)] for j in range(1000)]",
    "round(5, -10**9)",
    "round(1.5, 10**18)",
    "linspace(0, 1, 10**15)",
    "[i in big for i in range(40000)]",
    "[big == also for i in range(40000)]",
    "[max(big) for i in range(40000)]",
    "range(-2**62, 2**62)",
    "'%1000000000d' % 1",
    "10**18 % 10**-300",
    "(10**18) ** (10**18)",
    "0 ** (0 - 10**18)",
    "[big[1:] for i in range(40000)]",
    "'ab' * 50000 + 'ab' * 50000",
    "sum([big, big], [])",
    "sorted([big] * 40000)",
    "2 ** (2 ** 62)",
    "(0 - 1) ** (2 ** 62)",
    "1e300 ** 1e300",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_expressions_are_bounded(text: str) -> None:
    names = {"big": [0] * 50_000, "also": [0] * 50_000}
    evaluator = Known(names)
    tree = parse(text)
    tracemalloc.start()
    try:
        evaluator.evaluate(tree)
    except Fault:
        pass
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 2**25
    assert evaluator.steps <= DEFAULT.steps


def test_lists_that_nest_without_end_are_refused() -> None:
    nested: object = 0
    for _ in range(DEFAULT.depth):
        nested = Known({"nested": nested}).evaluate(parse("[nested]"))
    with pytest.raises(Fault, match="a list nested 65 deep"):
        Known({"nested": nested}).evaluate(parse("[nested]"))


def test_a_long_sum_needs_no_deep_stack() -> None:
    text = "+".join("1" * 1000)
    assert Known().evaluate(parse(text, formula=True)) == 1000


@given(st.text(max_size=40) | st.text(alphabet="abx01.+-*/()[],:='\" \n$ifelsrno", max_size=60))
@settings(max_examples=600, deadline=None)
def test_any_text_gives_a_value_or_a_fault_inside_it(text: str) -> None:
    span = Span(Source("spec.yaml", f"- {text}"), 2, 2 + len(text))
    for formula in (False, True):
        try:
            Known().evaluate(parse_expression(text, span, DEFAULT, formula))
        except Fault as caught:
            place = caught.diagnostic.span
            assert span.start <= place.start <= place.end <= span.end


# Formulas, functions and scalars.


def formula(text: str) -> list[object]:
    return [targets for targets, _ in parse_formula(text, Span(Source("", text), 0, len(text)), DEFAULT)]


def test_lines_of_a_formula() -> None:
    assert formula("x * y") == [None]
    assert formula("q, (k, v) = f(x)\n\nw = softmax(q @ k,\n  -1)\nw @ v\n") == [("q", ("k", "v")), "w", None]
    assert formula("x[..., None] == 1") == [None]


@pytest.mark.parametrize("text", ["a = x", "x\ny", "a = b c = d", "", "a = 1\n b c", "a == \n", "1 = x\nx"])
def test_formulas_that_are_none(text: str) -> None:
    with pytest.raises(Fault):
        formula(text)


# torch fuses product and sum into one rounding; only ends more than 2**29 apart in size could show that we round twice.
ends = st.integers(-10_000, 10_000).map(lambda n: n / 1000)


@given(ends, ends, st.integers(0, 60))
@settings(max_examples=200, deadline=None)
@example(0.0, 0.1, 12)
@example(0.0, 0.2, 24)
def test_linspace_is_torch_s(start: float, stop: float, count: int) -> None:
    import torch

    assert linspace(start, stop, count) == [x.item() for x in torch.linspace(start, stop, count)]


@given(st.floats(0, 5e3), st.sampled_from([1, 3, 4, 8, 16]), st.sampled_from([None, 16]))
@settings(max_examples=200, deadline=None)
def test_make_divisible_is_torchvision_s(value: float, divisor: int, least: int | None) -> None:
    from torchvision.models._utils import _make_divisible

    assert make_divisible(value, divisor, least) == _make_divisible(value, divisor, least)


def test_scalars_of_the_core_schema() -> None:
    texts = ["true", "False", "~", "", "012", "-3", "1e-5", ".5", "no", "1x7", "0x1", "M"]
    assert [scalar_value(text) for text in texts] == [True, False, None, None, 12, -3, 1e-5, 0.5, "no", "1x7", "0x1", "M"]
