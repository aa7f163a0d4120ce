"""A U-Net of MONAI trained the way recipes/hippocampus train: same scans, patches, chances, loss, optimizer, rates and
steps. Prints one JSON document. Needs monai and torch.

python scripts/experiments/volumes/peer.py --data DIR/hippocampus --seed 0 [--network unet] [--threads 1]
"""

import argparse
import json
import math
import time
from pathlib import Path

import torch
from monai.data import DataLoader, Dataset
from monai.inferers import sliding_window_inference
from monai.losses import DiceCELoss
from monai.metrics import DiceMetric
from monai.networks import one_hot
from monai.networks.nets import DynUNet, UNet
from monai.transforms import (
    CastToTyped,
    Compose,
    EnsureChannelFirstd,
    LoadImaged,
    NormalizeIntensityd,
    RandAdjustContrastd,
    RandAffined,
    RandCropByPosNegLabeld,
    RandFlipd,
    RandGaussianNoised,
    SpatialPadd,
)
from monai.utils import set_determinism

CLASSES, SIDE, BATCH, PATCHES, RATE, WARM = 3, 32, 8, 2, 2e-3, 1
BOTH = ("image", "label")


def pairs(folder: Path) -> list[dict]:
    images = sorted((folder / "images").glob("*.nii.gz"))
    return [{"image": str(path), "label": str(folder / "labels" / path.name)} for path in images]


def read(cases: list[dict]) -> list[dict]:
    """All scans in memory, standardised: they are small, and reading is not what is compared."""
    load = Compose(
        [
            LoadImaged(BOTH),
            EnsureChannelFirstd(BOTH),
            CastToTyped(BOTH, dtype=(torch.float32, torch.float32)),
            NormalizeIntensityd("image"),
        ]
    )
    return [load(case) for case in cases]


def augmentation() -> Compose:
    turn = math.radians(15)
    return Compose(
        [
            RandAffined(
                BOTH, prob=0.5, rotate_range=(turn,) * 3, scale_range=(0.15,) * 3, mode=("bilinear", "nearest"), padding_mode="zeros"
            ),
            SpatialPadd(BOTH, (SIDE,) * 3),
            RandCropByPosNegLabeld(BOTH, "label", (SIDE,) * 3, pos=0.8, neg=0.2, num_samples=1),
            RandFlipd(BOTH, prob=0.5, spatial_axis=0),
            RandAdjustContrastd("image", prob=0.3, gamma=(0.7, 1.5)),
            RandGaussianNoised("image", prob=0.3, std=0.1),
        ]
    )


def build(name: str) -> torch.nn.Module:
    """`dynunet`: two convolutions a level, the first level at full size, as in our network. `unet`: MONAI's usual one with
    residual units, which halves its input at once."""
    common = {"spatial_dims": 3, "in_channels": 1, "out_channels": CLASSES}
    if name == "unet":
        return UNet(**common, channels=(16, 32, 64), strides=(2, 2), num_res_units=2, norm="batch")
    shape = {"kernel_size": (3, 3, 3), "strides": (1, 2, 2), "upsample_kernel_size": (2, 2), "filters": (16, 32, 64)}
    return DynUNet(**common, **shape, norm_name="batch", act_name="relu")


def multiplications(model: torch.nn.Module) -> int:
    """Multiply-accumulates of the convolutions for one patch."""
    total = 0

    def count(module, inputs, output):
        nonlocal total
        kernel = math.prod(module.kernel_size)
        if isinstance(module, torch.nn.ConvTranspose3d):
            total += inputs[0].numel() * kernel * module.out_channels
        else:
            total += output.numel() * kernel * module.in_channels

    kinds = (torch.nn.Conv3d, torch.nn.ConvTranspose3d)
    hooks = [module.register_forward_hook(count) for module in model.modules() if isinstance(module, kinds)]
    model.eval()
    with torch.no_grad():
        model(torch.zeros(1, 1, SIDE, SIDE, SIDE))
    for hook in hooks:
        hook.remove()
    return total


def validate(model: torch.nn.Module, cases: list[dict]) -> dict:
    """Dice of every scan and class by windows of the patches' size over whole scans; a class that a scan lacks is left out."""
    model.eval()
    rows = []
    with torch.no_grad():
        for case in cases:
            scores = sliding_window_inference(case["image"][None], (SIDE,) * 3, 4, model, overlap=0.25, mode="gaussian")
            guess = one_hot(scores.argmax(1, keepdim=True), CLASSES)
            truth = one_hot(case["label"][None], CLASSES)
            rows.append(DiceMetric(include_background=False, reduction="none")(guess, truth)[0])
    scans = torch.stack(rows)
    front, back = (scans[:, c][~scans[:, c].isnan()].mean().item() for c in (0, 1))
    return {"dice": (front + back) / 2, "dice1": front, "dice2": back, "scans": scans.tolist()}


def train(args: argparse.Namespace) -> dict:
    torch.set_num_threads(args.threads)
    set_determinism(args.seed)
    training, validation = read(pairs(args.data / "train")), read(pairs(args.data / "val"))
    loader = DataLoader(
        Dataset(training * PATCHES, augmentation()), batch_size=BATCH, shuffle=True, drop_last=True, num_workers=0
    )
    model = build(args.network)
    macs = multiplications(model)
    criterion = DiceCELoss(to_onehot_y=True, softmax=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=1e-4)
    warm, total = WARM * len(loader), args.epochs * len(loader)
    validations, seconds, step = [], 0.0, 0
    started = time.process_time()
    for epoch in range(args.epochs):
        model.train()
        for batch in loader:
            at = time.perf_counter()
            rate = RATE * (step + 1) / warm if step < warm else RATE * (1 + math.cos(math.pi * step / total)) / 2
            for group in optimizer.param_groups:
                group["lr"] = rate
            optimizer.zero_grad()
            criterion(model(batch["image"].as_tensor()), batch["label"].as_tensor()).backward()
            optimizer.step()
            seconds += time.perf_counter() - at
            step += 1
        if (epoch + 1) % 5 == 0 or epoch + 1 == args.epochs:
            validations.append({"epoch": epoch + 1, **validate(model, validation)})
    parameters = sum(parameter.numel() for parameter in model.parameters())
    return {
        "metrics": {key: validations[-1][key] for key in ("dice", "dice1", "dice2")},
        **{"parameters": parameters, "macs": macs, "steps": step, "stepSeconds": seconds / step},
        **{"cpuSeconds": time.process_time() - started, "validations": validations},
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="holds train and val, each with images and labels")
    parser.add_argument("--network", choices=("dynunet", "unet"), default="dynunet")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--threads", type=int, default=1)
    print(json.dumps(train(parser.parse_args())))
