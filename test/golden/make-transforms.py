"""Writes transforms.json: what torchvision (on Pillow images and on float tensors) makes of a procedural picture.

Needs torch, torchvision and Pillow. Versions of the committed numbers are in the file.
"""
import base64, json, pathlib, sys
import numpy as np, torch, torchvision, PIL
from PIL import Image
from torchvision.transforms import InterpolationMode as I, functional as functional_v1
from torchvision.transforms.v2 import AugMix, AutoAugment, AutoAugmentPolicy, RandAugment, TrivialAugmentWide
from torchvision.transforms.v2 import functional as F

H, W = 12, 16
MASK = 0xFFFFFFFF


def fnv1a(text):
    h = 0x811C9DC5
    for b in text.encode():
        h = (h ^ b) * 0x01000193 & MASK
    return h


def bits(seed, i):
    x = (seed + i * 0x9E3779B9) & MASK
    x = (x ^ x >> 16) * 0x85EBCA6B & MASK
    x = (x ^ x >> 13) * 0xC2B2AE35 & MASK
    return x ^ x >> 16


def picture(h, w, key='picture'):
    """A gradient with some noise; the same as `picture` in test/transforms/procedural.ts."""
    out = np.zeros((h, w, 3), np.uint8)
    seed = fnv1a(key)
    for y in range(h):
        for x in range(w):
            for c in range(3):
                smooth = (x * 9 + y * (5 + 4 * c) + c * 60) % 256
                out[y, x, c] = (smooth * 3 + bits(seed, (y * w + x) * 3 + c) % 256) >> 2
    return out


if __name__ == '__main__':
    a = picture(H, W)
    pil = Image.fromarray(a)
    flt = torch.from_numpy(a).permute(2, 0, 1).float() / 255
    b64 = lambda x: base64.b64encode(np.ascontiguousarray(np.asarray(x)).tobytes()).decode()
    hwc = lambda t: [round(v, 6) for v in t.permute(1, 2, 0).reshape(-1)[::17].tolist()]
    both = {}

    def add(name, fn):
        both[name] = {'bytes': b64(fn(pil)), 'floats': hwc(fn(flt))}

    for f in (0.6, 1.7):
        add(f'brightness {f}', lambda x: F.adjust_brightness(x, f))
        add(f'contrast {f}', lambda x: F.adjust_contrast(x, f))
        add(f'saturation {f}', lambda x: F.adjust_saturation(x, f))
        add(f'sharpness {f}', lambda x: F.adjust_sharpness(x, f))
    for f in (0.25, -0.4):
        add(f'hue {f}', lambda x: F.adjust_hue(x, f))
    add('grey', lambda x: F.rgb_to_grayscale(x, 3))
    add('equalize', F.equalize)
    add('autocontrast', F.autocontrast)
    add('invert', F.invert)
    add('posterize 3', lambda x: F.posterize(x, 3))
    add('solarize 0.4', lambda x: F.solarize(x, 0.4 * (255 if isinstance(x, Image.Image) else 1)))
    add('gaussianBlur', lambda x: F.gaussian_blur(x, [5, 5], [1.3, 1.3]))
    add('jpeg 30', lambda x: F.jpeg(x, 30) if isinstance(x, Image.Image) else x)

    geometry = {}
    modes = {'nearest': I.NEAREST, 'bilinear': I.BILINEAR, 'bicubic': I.BICUBIC}
    fill = [10, 200, 90]
    corners = [[0, 0], [W - 1, 0], [W - 1, H - 1], [0, H - 1]]
    targets = [[2, 1], [13, 0], [14, 10], [1, 11]]
    for name, mode in modes.items():
        geometry[f'rotate 25 {name}'] = b64(F.rotate(pil, 25, interpolation=mode, fill=fill))
        geometry[f'affine {name}'] = b64(F.affine(pil, 20, [2, -1], 1.2, [10, 5], interpolation=mode, fill=fill))
        geometry[f'perspective {name}'] = b64(F.perspective(pil, corners, targets, interpolation=mode, fill=fill))
    big = F.rotate(pil, -40, interpolation=I.BILINEAR, expand=True)
    field = np.array([bits(fnv1a('field'), i) / 2**32 * 4 - 2 for i in range(H * W * 2)]).reshape(1, H, W, 2)
    moved = torch.from_numpy(field * [2 / W, 2 / H]).float()
    elastic = F.elastic(torch.from_numpy(a).permute(2, 0, 1), moved, interpolation=I.BILINEAR).permute(1, 2, 0)
    quarter = F.rotate(pil, 90, interpolation=I.NEAREST, expand=True)

    policies = {}
    for op, m in [('ShearX', 0.21), ('ShearY', -0.3), ('TranslateX', 3.9), ('TranslateY', -2.5), ('Rotate', 27.0),
                  ('Brightness', 0.4), ('Color', -0.5), ('Contrast', 0.8), ('Sharpness', 0.7), ('Posterize', 5),
                  ('Solarize', 0.3), ('AutoContrast', 0), ('Equalize', 0), ('Invert', 0), ('Identity', 0)]:
        made = RandAugment()._apply_image_or_video_transform(pil, op, m, I.NEAREST, {type(pil): None, 'others': None})
        policies[op] = {'magnitude': m, 'bytes': b64(made)}

    def space(cls, bins):
        out = {}
        for op, (fn, signed) in cls._AUGMENTATION_SPACE.items():
            m = fn(bins, 37, 53)
            out[op] = None if m is None else {'signed': signed, 'at': [round(float(v), 5) for v in m]}
        return out

    result = {
        'versions': {'torch': torch.__version__, 'torchvision': torchvision.__version__, 'pillow': PIL.__version__},
        'size': [H, W],
        'both': both,
        'geometry': geometry,
        'expanded': {'size': list(big.size)[::-1], 'bytes': b64(big)},
        'quarter': {'size': list(quarter.size)[::-1], 'bytes': b64(quarter)},
        'coefficients': functional_v1._get_perspective_coeffs(corners, targets),
        'elastic': b64(elastic),
        'policies': policies,
        'spaces': {'rand': space(RandAugment, 31), 'wide': space(TrivialAugmentWide, 31), 'mix': space(AugMix, 10)},
        'autoAugment': AutoAugment()._get_policies(AutoAugmentPolicy.IMAGENET),
    }
    pathlib.Path(sys.argv[1]).write_text(json.dumps(result, separators=(',', ':')) + '\n')
