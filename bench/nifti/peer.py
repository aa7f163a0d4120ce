"""The peers' side of bench/nifti: warms up, compares our result with its own, then works once for each line of input."""

import argparse
import json
import os
import resource
import sys
import time

parser = argparse.ArgumentParser()
parser.add_argument("--peer", choices=["monai", "nibabel+scipy"])
parser.add_argument("--file")
parser.add_argument("--ours")
parser.add_argument("--threads", type=int)
args = parser.parse_args()
os.environ["OMP_NUM_THREADS"] = str(args.threads)

import numpy as np


def monai():
    import torch
    from monai.transforms import Compose, EnsureChannelFirst, LoadImage, Orientation, ScaleIntensity, Spacing

    torch.set_num_threads(args.threads)
    load = LoadImage(image_only=True, reader="NibabelReader")
    steps = [load, EnsureChannelFirst(), Orientation("RAS"), Spacing((1, 1, 1), mode="bilinear"), ScaleIntensity()]
    pipeline = Compose(steps)
    return lambda: pipeline(args.file).numpy()[0]


def nibabel_scipy():
    import nibabel
    from scipy.ndimage import affine_transform

    def once():
        image = nibabel.as_closest_canonical(nibabel.load(args.file))
        data = np.asarray(image.dataobj, dtype=np.float32)
        zoom = np.array(image.header.get_zooms()[:3])
        size = np.round((np.array(data.shape) - 1) * zoom + 1).astype(int)
        out = affine_transform(data, 1 / zoom, output_shape=tuple(size), order=1, mode="nearest")
        low, high = out.min(), out.max()
        return (out - low) / (high - low)

    return once


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


once = monai() if args.peer == "monai" else nibabel_scipy()
once()
result = once()
ours = np.fromfile(args.ours, "<f4")
error = float(np.abs(ours.reshape(result.shape[::-1]).T - result).max()) if ours.size == result.size else None
print(json.dumps({"shape": list(result.shape), "error": error}), flush=True)
for _ in sys.stdin:
    wall, busy = time.perf_counter(), cpu()
    once()
    print(json.dumps({"wall": time.perf_counter() - wall, "cpu": cpu() - busy}), flush=True)
