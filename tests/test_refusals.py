"""What once was built without a word, or answered wrongly: read as the language says, refused, or warned about."""

from __future__ import annotations

import pytest

import archdsl

HEAD = "input: [8, 8, 8]\n"


@pytest.mark.parametrize(
    ("spec", "codes"),
    [
        ("body: [{split: 2, as: [a, b]}, relu]", ["AD3117"]),
        ("body: [{upsample: 2, from: [x, x]}]", ["AD3117"]),
        ("body: [{split: 2, as: [a, b]}, conv_norm_act 4]", ["AD2021"]),
        ("legend: {conv: relu}\nbody: [64]", ["AD2029"]),
        ("defaults: {cnov: {bias: false}}\nbody: [conv 4]", ["AD2006"]),
        ("defaults: {linear: {bais: false}}\nbody: [conv 4]", ["AD2104"]),
        ("init: [{op: conv, weight: ones}, {key: '*', weight: zeros}]\nbody: [conv 4]", ["AD4009"]),
        ("body: [{conv: 4, init: {weight: zeros, bias: 1 / fan_in}}]", []),
        ("body: [{conv: 4, as: ys...}, {conv: 4, as: ys...}, conv len(ys)]", []),
        ("body: [{concat: {a: [conv 4 1], b: conv 4}}]", []),
        ("params: {deep: false}\nbody: {a: {conv: 8, when: deep}, b: conv 8}\noutputs: [a, b]", []),
        ("params: {deep: false}\nbody: {a: {conv: 8, when: deep}, b: conv 8}\noutputs: {p: a, q: b}", []),
        ("params: {deep: false}\nbody: {a: {conv: 8, when: deep}, b: conv 8}\noutputs: a", ["AD2007"]),
    ],
)
def test_answered(spec: str, codes: list[str]) -> None:
    assert [found.code for found in archdsl.check(f"{HEAD}{spec}\n")] == codes


def test_absent_outputs_are_left_out() -> None:
    net = archdsl.load(f"{HEAD}params: {{deep: false}}\nbody: {{a: {{conv: 4, when: deep}}, b: conv 8}}\noutputs: [a, b]\n")
    assert net.shapes == "8×8×8 → 8×8×8"
