"""Small networks, one for each thing that generated code must be able to say."""

from __future__ import annotations

import torch
from torch import Tensor

import archdsl
from archdsl.network import Network

NETS = {
    "chain": "input: [3, 8, 8]\nbody: [conv 4, batch_norm, relu, global_avg_pool, flatten, linear 5]",
    "residual": """
name: little_resnet
input: [3, 16, 16]
blocks:
  unit:
    params: {planes: int, stride: 1}
    body:
      - residual: {conv1: conv planes stride=stride bias=false, bn1: batch_norm, relu: relu, conv2: conv planes bias=false, bn2: batch_norm}
        shortcut: {downsample: {seq: [conv planes 1 stride=stride, batch_norm], when: stride != 1 or x.channels != planes}}
      - {reuse: relu}
body:
  layer1: {seq: [{for: i in range(4), unit: 3}]}
  layer2: {seq: [unit 6 stride=2, unit 6]}
  layer3: {seq: [unit 8, unit 8 stride=2]}
  head: [global_avg_pool, flatten, dropout 0.5, linear 4]
""",
    "modes": """
input: [3, 8, 8]
body:
  stem: [conv 4, relu]
  aux: {seq: [global_avg_pool, flatten, dropout, linear 3], as: side}
  deep: {conv: 6, from: stem}
  head: [global_avg_pool, flatten, linear 3]
outputs: {eval: head, train: {logits: head, aux: side}}
""",
    "inputs": """
input: {left: [3, 8, 8], class: [5]}
body:
  - {conv: 4, from: left, as: seen}
  - [global_avg_pool, flatten, linear 5]
  - add: [x, class]
  - {linear: 2, as: score}
outputs: [score, seen]
""",
    "tensors": """
input: [6, 8, 8]
blocks:
  scaled:
    params: {start: number}
    tensors:
      scale: {param: [x.channels, 1, 1], init: start}
      table.weight: {param: [2, 3], init: normal 0.02}
      index: {buffer: "arange(12) + 2"}
      mask: {buffer: "reshape(arange(4), 2, 2) * 1.0", persistent: false}
    body: [conv 6, {math: "x * scale + sum(table.weight) + sum(index) * sum(mask)"}]
body: [scaled 0.5, scaled 1e-6]
""",
    "names": """
input: [4, 6, 6]
body:
  3x3: conv 4
  klass: conv 4 1
  a-b: relu
  none: batch_norm
  append: relu
  deep.a.3x3: conv 4
  deep.b: [relu, conv 4]
  deep.a.append: conv 4 1
  list.0: conv 4 1
  list.1: relu
  self: conv 4 1
  torch: relu
  x: conv 4 1
""",
    "keywords": "input: [4, 6, 6]\nbody: {class: conv 4, None: relu, lambda: [conv 4, {conv: 2, name: def}], import.from: relu}",
    "numbers": """
input: [4, 6, 6]
body: [{residual: [conv 4, relu, conv 4]}, relu, {concat: [x, [conv 3 1]]}, {gate: [global_avg_pool, conv 7 1, sigmoid]}]
""",
    "sized": "input: [4, 6, 8]\nbody: [{math: 'reshape(x, -1, x.channels, x.height * x.width)'}, conv 4 1]",
    "taps": """
input: [3, 16, 16]
blocks:
  trunk: {body: {a: conv 4, b: conv 6 stride=2, c: conv 8 stride=2}}
body:
  - {use: trunk, outputs: [a, b], as: [low, high]}
  - {math: "split(high, [2, 4], 1)", as: [few, many]}
outputs: {low: low, few: few, many: many}
""",
    "windows": """
input: [4, 8, 8]
body:
  - math: |
      w = reshape(x, -1, 4, 2, 4, 2, 4)
      rows = flatten(permute(w, 0, 2, 4, 3, 5, 1), 1, 2)
      expand(mean(rows, [2, 3]), x.shape[0], 4, -1) + arange(4)
  - layer_norm
""",
    "foreign": "input: [4, 6, 6]\nbody: [conv 4, torch PReLU, torch Softsign]",
    "runtime": """
input: [4, 9, 9]
body: [conv 4, stochastic_pool 3 2, {residual: [conv 4, stochastic_depth 0.3]}, layer_norm axis=channels]
""",
}


def load(name: str) -> Network:
    return archdsl.load(f"{NETS[name].strip()}\n")


def inputs(network: Network, batch: int = 2) -> list[Tensor]:
    generator = torch.Generator().manual_seed(1)
    return [torch.randn(batch, *shape.sizes, generator=generator) for shape in network.graph.inputs.values()]


def tensors(output: object) -> list[Tensor]:
    if isinstance(output, Tensor):
        return [output]
    return list(output.values()) if isinstance(output, dict) else list(output)  # type: ignore[call-overload]
