"""The figures that a spec promises."""

from __future__ import annotations

import pytest

import archdsl

BODY = "input: [3, 8, 8]\nbody: [conv 8, flatten, linear 10]\n"


def messages(expect: str, **options: object) -> list[str]:
    return [found.message for found in archdsl.check(f"{BODY}expect: {expect}\n", **options)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "expect", ["{params: 5354}", "{params: 5.35e3}", "{params: 5e3}", "{macs: 18944}", "{macs: 1.89e4}", "{output: [10]}"]
)
def test_figures_hold_to_the_digits_written(expect: str) -> None:
    assert messages(expect) == []


@pytest.mark.parametrize(
    ("expect", "said"),
    [
        ("{params: 25557032}", "25,557,032 parameters are expected, 5,354 found"),
        ("{params: 5.36e3}", "5,360 parameters are expected, 5,354 found"),
        ("{params: 5353}", "5,353 parameters are expected, 5,354 found"),
        ("{macs: 1.9e5}", "190,000 multiply-accumulates are expected, 18,944 found"),
        ("{output: [1000]}", "the output [1000] is expected, [10] found"),
        ("{flops: 4e9}", "`expect` has no figure `flops`"),
        ("{parms: 5354}", "`expect` has no figure `parms`"),
        ("{params: many}", "`params` is a number; found the text `many`"),
        ("{params: 1e999999999}", "`params` is a number; found the text `1e999999999`"),
        ("[5354]", "`expect` is a mapping of figures; found a list"),
    ],
)
def test_other_figures_are_faults(expect: str, said: str) -> None:
    assert messages(expect) == [said]


def test_the_largest_layers_are_named() -> None:
    (found,) = archdsl.check(f"{BODY}expect: {{params: 1}}\n")
    assert found.notes == ("the largest layers: 2 5,130, 0 224",)


def test_nothing_is_compared_after_a_change() -> None:
    (found,) = archdsl.check(f"{BODY}expect: {{params: 1}}\n", input=[3, 16, 16])
    assert (found.code, found.severity) == ("AD4103", "note")


def test_a_family_promises_by_variant() -> None:
    family = "input: [3, 8, 8]\nparams: {width: 4}\nvariants: {a: {}, b: {width: 8}}\nbody: [conv width]\n"
    text = f"{family}expect: {{a: {{params: 112}}, b: {{params: 7}}}}\n"
    assert [found.message for found in archdsl.check(text)] == ["7 parameters are expected, 224 found"]
    assert archdsl.check(text, variant="a") == ()
