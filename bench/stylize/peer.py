#!/usr/bin/env python3
"""The peer of bench/stylize: the same two networks in PyTorch, random weights, forward only.

Both take a batch of pictures and statistics of styles that were encoded before, as ours do. After warming up it
prints one JSON line; then, for each line on standard input, it runs one batch and prints {"wall": s, "cpu": s}.
"""
import argparse
import json
import os
import resource
import sys
import time

parser = argparse.ArgumentParser()
parser.add_argument("--network", choices=["vgg", "embedded"], required=True)
parser.add_argument("--mode", choices=["eager", "channels_last", "compile"], required=True)
parser.add_argument("--precision", choices=["fp32", "bf16"], required=True)
parser.add_argument("--size", type=int, required=True)
parser.add_argument("--batch", type=int, required=True)
parser.add_argument("--threads", type=int, required=True)
parser.add_argument("--config", help="sizes of the embedded network, JSON")
args = parser.parse_args()
os.environ.setdefault("OMP_NUM_THREADS", str(args.threads))
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # waiting threads must not take time from the other side

import torch  # noqa: E402
from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

torch.set_num_threads(args.threads)
torch.manual_seed(0)


def adain(x, mean, std):
    variance, centre = torch.var_mean(x.float(), (2, 3), keepdim=True)
    ratio = std / torch.sqrt(variance + 1e-5)
    return (x * ratio + (mean - centre * ratio)).to(x.dtype)


class Vgg(nn.Module):
    """VGG-19 to relu4_1 and its mirror (arXiv 1703.06868)."""

    encoder = [(3, 64), (64, 64), "M", (64, 128), (128, 128), "M", (128, 256), *[(256, 256)] * 3, "M", (256, 512)]
    decoder = [(512, 256), "U", *[(256, 256)] * 3, (256, 128), "U", (128, 128), (128, 64), "U", (64, 64), (64, 3)]
    channels = [512]

    def __init__(self):
        super().__init__()
        self.encode = self.build([nn.Conv2d(3, 3, 1)], self.encoder)
        self.decode = self.build([], self.decoder)[:-1]

    @staticmethod
    def build(layers, spec):
        for item in spec:
            if item == "M":
                layers.append(nn.MaxPool2d(2, 2, ceil_mode=True))
            elif item == "U":
                layers.append(nn.Upsample(scale_factor=2, mode="nearest"))
            else:
                layers += [nn.ReflectionPad2d(1), nn.Conv2d(*item, 3), nn.ReLU()]
        return nn.Sequential(*layers)

    def forward(self, x, styles):
        return self.decode(adain(self.encode(x), *styles[0]))


OPPONENT = torch.tensor([[0.9, 8, 4], [1.8, -8, 4], [0.3, 0, -8]])
RGB = torch.linalg.inv(OPPONENT)


def recolour(x, mean, factor):
    """Mean and covariance of the style's colours: src/styletransfer/network/colour.ts."""
    coarse = F.avg_pool2d(x.float(), 4).flatten(2).transpose(1, 2) @ OPPONENT
    centre = coarse.mean(1, keepdim=True)
    centred = coarse - centre
    covariance = centred.transpose(1, 2) @ centred / coarse.shape[1] + 0.01 * torch.eye(3)
    turn = factor @ torch.linalg.inv(torch.linalg.cholesky(covariance))
    matrix = OPPONENT @ turn.transpose(1, 2) @ RGB
    shift = mean - centre @ RGB @ matrix
    return torch.einsum("bchw,bcd->bdhw", x, matrix) + shift.transpose(1, 2)[..., None]


def smooth(x):
    return F.avg_pool2d(F.pad(x, (0, 1, 0, 1)), 2, 1)


class Embedded(nn.Module):
    """src/styletransfer/network/stylizer.ts, of the sizes in --config."""

    def __init__(self, stem, middle, deep, blocks, fine, border, head):  # the head sees styles only, once each
        super().__init__()
        self.border = border
        self.channels = [middle, deep, *[deep] * blocks, middle, *[middle] * fine, stem]
        self.stem = nn.Conv2d(3, stem, 6, 2, 2)
        self.down = nn.ModuleList([nn.Conv2d(stem, middle, 4, 2, 1), nn.Conv2d(middle, deep, 4, 2, 1)])
        self.blocks = nn.ModuleList([self.residual(deep) for _ in range(blocks)])
        self.up = nn.ModuleList(
            [nn.Conv2d(deep, middle, 3, 1, 1), nn.Conv2d(middle, middle, 3, 1, 1), nn.Conv2d(middle, stem, 3, 1, 1)]
        )
        self.skip = nn.ModuleList([nn.Conv2d(middle, middle, 1), nn.Conv2d(stem, stem, 1)])
        self.fine = nn.ModuleList([self.residual(middle) for _ in range(fine)])
        self.out = nn.Conv2d(stem, 12, 3, 1, 1)
        self.noise = nn.ModuleList([nn.Conv2d(4, c, 1, bias=False) for c in (deep, deep, middle, middle)])
        self.register_buffer("tile", torch.randn(1, 4, 64, 64))
        self.register_buffer("colour", torch.tril(torch.rand(1, 3, 3) + 0.1))

    def grain(self, index, x):
        rows, columns = (-(-side // 64) for side in x.shape[2:])
        tile = self.tile.repeat(1, 1, rows, columns)[:, :, : x.shape[2], : x.shape[3]]
        return x + self.noise[index](tile)

    @staticmethod
    def residual(channels):
        return nn.Sequential(nn.Conv2d(channels, channels, 3, 1, 1), nn.ReLU(), nn.Conv2d(channels, channels, 3, 1, 1))

    def forward(self, x, styles):
        size, border, layer = x.shape[2], self.border, iter(styles)
        grey = torch.full((1, 1, 3), 0.5)
        x = recolour(x, grey, self.colour)
        stem = F.relu(self.stem(F.pad(x, [border] * 4, mode="reflect")))
        quarter = F.relu(adain(self.down[0](stem), *next(layer)))
        x = F.relu(adain(self.grain(0, self.down[1](quarter)), *next(layer)))
        for index, block in enumerate(self.blocks):
            x = x + block(x)
            x = adain(self.grain(1, x) if index == 0 else x, *next(layer))
        x = self.up[1](F.relu(smooth(self.up[0](F.interpolate(x, scale_factor=2)))))
        x = F.relu(adain(self.grain(2, x + self.skip[0](quarter)), *next(layer)))
        for index, block in enumerate(self.fine):
            x = x + smooth(block(x))
            x = adain(self.grain(3, x) if index == 0 else x, *next(layer))
        x = smooth(self.up[2](F.interpolate(x, scale_factor=2))) + self.skip[1](stem)
        x = smooth(F.pixel_shuffle(self.out(F.relu(adain(x, *next(layer)))), 2))
        x = recolour(x.clamp(0, 1), grey, self.colour)
        return x[:, :, border : border + size, border : border + size]


model = (Vgg() if args.network == "vgg" else Embedded(**json.loads(args.config))).eval()
layout = torch.contiguous_format if args.mode == "eager" else torch.channels_last
model = model.to(memory_format=layout)
call = torch.compile(model) if args.mode == "compile" else model
content = torch.rand(args.batch, 3, args.size, args.size).to(memory_format=layout)
styles = [
    (torch.randn(args.batch, c, 1, 1), torch.rand(args.batch, c, 1, 1) + 0.5) for c in model.channels
]


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def once():
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=args.precision == "bf16"):
        call(content, styles)


for _ in range(3):
    once()
print(json.dumps({"version": torch.__version__}), flush=True)
for _ in sys.stdin:
    wall, busy = time.perf_counter(), cpu()
    once()
    print(json.dumps({"wall": time.perf_counter() - wall, "cpu": cpu() - busy}), flush=True)
