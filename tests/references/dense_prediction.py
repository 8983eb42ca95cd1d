"""Networks that say something of every pixel, by hand in plain PyTorch, with the names of the implementations that the specs name."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import torch
from torch import Tensor, nn


class ConvBlock(nn.Module):
    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        first = [nn.Conv2d(channels, out, 3, padding=1), nn.BatchNorm2d(out), nn.ReLU(inplace=True)]
        self.conv = nn.Sequential(*first, nn.Conv2d(out, out, 3, padding=1), nn.BatchNorm2d(out), nn.ReLU(inplace=True))

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)


class UpConv(nn.Module):
    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        conv = nn.Conv2d(channels, out, 3, padding=1)
        self.up = nn.Sequential(nn.Upsample(scale_factor=2), conv, nn.BatchNorm2d(out), nn.ReLU(inplace=True))

    def forward(self, x: Tensor) -> Tensor:
        return self.up(x)


class AttentionGate(nn.Module):
    def __init__(self, channels: int, inner: int) -> None:
        super().__init__()
        self.W_g = nn.Sequential(nn.Conv2d(channels, inner, 1), nn.BatchNorm2d(inner))
        self.W_x = nn.Sequential(nn.Conv2d(channels, inner, 1), nn.BatchNorm2d(inner))
        self.psi = nn.Sequential(nn.Conv2d(inner, 1, 1), nn.BatchNorm2d(1), nn.Sigmoid())
        self.relu = nn.ReLU(inplace=True)

    def forward(self, g: Tensor, x: Tensor) -> Tensor:
        return x * self.psi(self.relu(self.W_g(g) + self.W_x(x)))


class AttentionUNet(nn.Module):
    """AttU_Net of github.com/LeeJunHyun/Image_Segmentation."""

    def __init__(self) -> None:
        super().__init__()
        self.Maxpool = nn.MaxPool2d(2)
        self.Conv1 = ConvBlock(3, 64)
        self.Conv2 = ConvBlock(64, 128)
        self.Conv3 = ConvBlock(128, 256)
        self.Conv4 = ConvBlock(256, 512)
        self.Conv5 = ConvBlock(512, 1024)
        self.Up5 = UpConv(1024, 512)
        self.Att5 = AttentionGate(512, 256)
        self.Up_conv5 = ConvBlock(1024, 512)
        self.Up4 = UpConv(512, 256)
        self.Att4 = AttentionGate(256, 128)
        self.Up_conv4 = ConvBlock(512, 256)
        self.Up3 = UpConv(256, 128)
        self.Att3 = AttentionGate(128, 64)
        self.Up_conv3 = ConvBlock(256, 128)
        self.Up2 = UpConv(128, 64)
        self.Att2 = AttentionGate(64, 32)
        self.Up_conv2 = ConvBlock(128, 64)
        self.Conv_1x1 = nn.Conv2d(64, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        x1 = self.Conv1(x)
        x2 = self.Conv2(self.Maxpool(x1))
        x3 = self.Conv3(self.Maxpool(x2))
        x4 = self.Conv4(self.Maxpool(x3))
        x5 = self.Conv5(self.Maxpool(x4))
        d5 = self.Up5(x5)
        d5 = self.Up_conv5(torch.cat([self.Att5(d5, x4), d5], 1))
        d4 = self.Up4(d5)
        d4 = self.Up_conv4(torch.cat([self.Att4(d4, x3), d4], 1))
        d3 = self.Up3(d4)
        d3 = self.Up_conv3(torch.cat([self.Att3(d3, x2), d3], 1))
        d2 = self.Up2(d3)
        d2 = self.Up_conv2(torch.cat([self.Att2(d2, x1), d2], 1))
        return self.Conv_1x1(d2)


class VggBlock(nn.Module):
    def __init__(self, channels: int, out: int) -> None:
        super().__init__()
        self.relu = nn.ReLU(inplace=True)
        self.conv1 = nn.Conv2d(channels, out, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, padding=1)
        self.bn2 = nn.BatchNorm2d(out)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x))))))


class UNetPlusPlus(nn.Module):
    """NestedUNet of github.com/4uiiurz1/pytorch-nested-unet, with deep supervision."""

    def __init__(self) -> None:
        super().__init__()
        a, b, c, d, e = 32, 64, 128, 256, 512
        self.pool = nn.MaxPool2d(2, 2)
        self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
        self.conv0_0, self.conv1_0, self.conv2_0 = VggBlock(3, a), VggBlock(a, b), VggBlock(b, c)
        self.conv3_0, self.conv4_0 = VggBlock(c, d), VggBlock(d, e)
        self.conv0_1, self.conv1_1 = VggBlock(a + b, a), VggBlock(b + c, b)
        self.conv2_1, self.conv3_1 = VggBlock(c + d, c), VggBlock(d + e, d)
        self.conv0_2, self.conv1_2, self.conv2_2 = VggBlock(a * 2 + b, a), VggBlock(b * 2 + c, b), VggBlock(c * 2 + d, c)
        self.conv0_3, self.conv1_3 = VggBlock(a * 3 + b, a), VggBlock(b * 3 + c, b)
        self.conv0_4 = VggBlock(a * 4 + b, a)
        self.final1, self.final2, self.final3, self.final4 = (nn.Conv2d(a, 1, 1) for _ in range(4))

    def forward(self, x: Tensor) -> list[Tensor]:
        x0_0 = self.conv0_0(x)
        x1_0 = self.conv1_0(self.pool(x0_0))
        x0_1 = self.conv0_1(torch.cat([x0_0, self.up(x1_0)], 1))
        x2_0 = self.conv2_0(self.pool(x1_0))
        x1_1 = self.conv1_1(torch.cat([x1_0, self.up(x2_0)], 1))
        x0_2 = self.conv0_2(torch.cat([x0_0, x0_1, self.up(x1_1)], 1))
        x3_0 = self.conv3_0(self.pool(x2_0))
        x2_1 = self.conv2_1(torch.cat([x2_0, self.up(x3_0)], 1))
        x1_2 = self.conv1_2(torch.cat([x1_0, x1_1, self.up(x2_1)], 1))
        x0_3 = self.conv0_3(torch.cat([x0_0, x0_1, x0_2, self.up(x1_2)], 1))
        x4_0 = self.conv4_0(self.pool(x3_0))
        x3_1 = self.conv3_1(torch.cat([x3_0, self.up(x4_0)], 1))
        x2_2 = self.conv2_2(torch.cat([x2_0, x2_1, self.up(x3_1)], 1))
        x1_3 = self.conv1_3(torch.cat([x1_0, x1_1, x1_2, self.up(x2_2)], 1))
        x0_4 = self.conv0_4(torch.cat([x0_0, x0_1, x0_2, x0_3, self.up(x1_3)], 1))
        return [self.final1(x0_1), self.final2(x0_2), self.final3(x0_3), self.final4(x0_4)]


class Conv(nn.Sequential):
    def __init__(self, channels: int, out: int, kernel: int = 3, stride: int = 1) -> None:
        conv = nn.Conv2d(channels, out, kernel, stride=stride, padding=kernel // 2, bias=False)
        bn = nn.BatchNorm2d(out, eps=1e-3, momentum=0.03)
        super().__init__(OrderedDict(conv=conv, bn=bn, act=nn.SiLU(inplace=True)))


class Bottle(nn.Module):
    def __init__(self, channels: int, shortcut: bool) -> None:
        super().__init__()
        self.cv1 = Conv(channels, channels)
        self.cv2 = Conv(channels, channels)
        self.shortcut = shortcut

    def forward(self, x: Tensor) -> Tensor:
        y = self.cv2(self.cv1(x))
        return x + y if self.shortcut else y


class C2f(nn.Module):
    def __init__(self, channels: int, out: int, depth: int, shortcut: bool = False) -> None:
        super().__init__()
        self.cv1 = Conv(channels, out, 1)
        self.cv2 = Conv((2 + depth) * (out // 2), out, 1)
        self.m = nn.ModuleList(Bottle(out // 2, shortcut) for _ in range(depth))

    def forward(self, x: Tensor) -> Tensor:
        parts = list(self.cv1(x).chunk(2, 1))
        for bottle in self.m:
            parts.append(bottle(parts[-1]))
        return self.cv2(torch.cat(parts, 1))


class Sppf(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.cv1 = Conv(channels, channels // 2, 1)
        self.cv2 = Conv(channels * 2, channels, 1)
        self.m = nn.MaxPool2d(5, 1, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.cv1(x)
        y = self.m(x)
        z = self.m(y)
        return self.cv2(torch.cat([x, y, z, self.m(z)], 1))


class YoloV8n(nn.Module):
    """Layers 0 to 21 of cfg/models/v8/yolov8.yaml of github.com/ultralytics/ultralytics, at scale n."""

    def __init__(self) -> None:
        super().__init__()
        backbone = [Conv(3, 16, stride=2), Conv(16, 32, stride=2), C2f(32, 32, 1, True), Conv(32, 64, stride=2), C2f(64, 64, 2, True)]
        backbone += [Conv(64, 128, stride=2), C2f(128, 128, 2, True), Conv(128, 256, stride=2), C2f(256, 256, 1, True), Sppf(256)]
        down = [nn.Upsample(scale_factor=2), nn.Identity(), C2f(384, 128, 1), nn.Upsample(scale_factor=2), nn.Identity(), C2f(192, 64, 1)]
        up = [Conv(64, 64, stride=2), nn.Identity(), C2f(192, 128, 1), Conv(128, 128, stride=2), nn.Identity(), C2f(384, 256, 1)]
        self.model = nn.ModuleList([*backbone, *down, *up])

    def forward(self, x: Tensor) -> list[Tensor]:
        joined = {11: 6, 14: 4, 17: 12, 20: 9}
        outs: list[Tensor] = []
        for i, layer in enumerate(self.model):
            x = torch.cat([x, outs[joined[i]]], 1) if i in joined else layer(x)
            outs.append(x)
        return [outs[15], outs[18], outs[21]]


MODELS: dict[str, Callable[[], nn.Module]] = {
    "attention_unet": AttentionUNet,
    "unet_plus_plus": UNetPlusPlus,
    "yolov8n": YoloV8n,
}
