"""Writes corruptions.json: what `imagecorruptions` makes of a procedural picture: values where nothing is random,
statistics over seeds where something is.

Needs imagecorruptions 1.1.2 with numpy < 2, scikit-image < 0.23, scipy < 1.14 and setuptools < 80.
"""
import base64, json, pathlib, sys, warnings
warnings.filterwarnings('ignore')
import numpy as np, cv2
from PIL import Image
from imagecorruptions import corruptions as C
from skimage.filters import gaussian


def renamed(x, sigma, multichannel=False, **more):
    """scikit-image has renamed `multichannel` since."""
    return gaussian(x, sigma=sigma, channel_axis=-1 if multichannel else None, **more)


C.gaussian = renamed


def fnv1a(text):
    h = 0x811C9DC5
    for b in text.encode():
        h = (h ^ b) * 0x01000193 & 0xFFFFFFFF
    return h


def bits(seed, i):
    i = np.asarray(i, np.uint64)
    m = np.uint64(0xFFFFFFFF)
    x = (np.uint64(seed) + i * np.uint64(0x9E3779B9)) & m
    x = (x ^ x >> np.uint64(16)) * np.uint64(0x85EBCA6B) & m
    x = (x ^ x >> np.uint64(13)) * np.uint64(0xC2B2AE35) & m
    return x ^ x >> np.uint64(16)


def picture(h, w):
    """The same as `proceduralPicture` in test/transforms/procedural.ts."""
    y, x, c = np.meshgrid(np.arange(h), np.arange(w), np.arange(3), indexing='ij')
    smooth = (x * 9 + y * (5 + 4 * c) + c * 60) % 256
    noise = bits(fnv1a('picture'), np.arange(h * w * 3)).reshape(h, w, 3) % 256
    return ((smooth * 3 + noise.astype(int)) >> 2).astype(np.uint8)


def clean(x):
    return np.uint8(np.asarray(x))


def statistics(fn, a, severity, seeds):
    rows = []
    for seed in range(seeds):
        np.random.seed(seed)
        # the picture is an array for most, a PIL image for those that convert
        b = clean(fn(Image.fromarray(a), severity) if fn is C.spatter else fn(a.copy(), severity)).astype(float)
        rows.append([b.mean(), b.std(), np.abs(b - a).mean(), np.abs(np.diff(b, axis=1)).mean()])
    return [[round(float(v), 3) for v in np.mean(rows, 0)], [round(float(v), 3) for v in np.std(rows, 0)]]


if __name__ == '__main__':
    a = picture(40, 48)
    where = bits(fnv1a('sample'), np.arange(120)) % a.size
    pick = lambda x: base64.b64encode(clean(x).reshape(-1)[where].tobytes()).decode()
    exact = {}
    for ours, fn, pil in [('brightness', C.brightness, 0), ('contrast', C.contrast, 0), ('saturate', C.saturate, 0),
                          ('pixelate', C.pixelate, 1), ('jpegCompression', C.jpeg_compression, 1),
                          ('gaussianBlur', C.gaussian_blur, 0), ('defocusBlur', C.defocus_blur, 0),
                          ('zoomBlur', C.zoom_blur, 0)]:
        exact[ours] = [pick(fn(Image.fromarray(a) if pil else a.copy(), s)) for s in range(1, 6)]
    smear = [pick(np.clip(C._motion_blur(a, radius=r, sigma=s, angle=g), 0, 255))
             for r, s, g in [(10, 3, 20), (15, 8, -37), (6, 4, -100)]]
    field = (bits(fnv1a('drops'), np.arange(64 * 64)).reshape(64, 64) % 256).astype(np.uint8)
    field = cv2.GaussianBlur(field, (5, 5), 1)
    edges = cv2.Canny(field, 50, 150)
    distance = cv2.distanceTransform(255 - edges, cv2.DIST_L2, 5)

    big = picture(96, 96)
    random = {}
    for ours, fn in [('gaussianNoise', C.gaussian_noise), ('shotNoise', C.shot_noise), ('impulseNoise', C.impulse_noise),
                     ('speckleNoise', C.speckle_noise), ('glassBlur', C.glass_blur), ('motionBlur', C.motion_blur),
                     ('snow', C.snow), ('frost', C.frost), ('fog', C.fog), ('elasticTransform', C.elastic_transform),
                     ('spatter', C.spatter)]:
        random[ours] = {s: statistics(fn, big, s, 24) for s in (1, 2, 3, 4, 5)}
    result = {
        'exact': exact,
        'smear': smear,
        'edges': {'field': base64.b64encode(field.tobytes()).decode(),
                  'edges': base64.b64encode(np.packbits(edges > 0).tobytes()).decode(),
                  'distance': [round(float(v), 3) for v in distance.reshape(-1)[::37]]},
        'random': random,
    }
    pathlib.Path(sys.argv[1]).write_text(json.dumps(result, separators=(',', ':')) + '\n')
