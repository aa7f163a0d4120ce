"""Collects the textures of free packages that the embedded stylizer was also trained on.

apt-get download colobot-common-textures gcompris-qt-data gimp-data krita-data mate-backgrounds \
    openarena-081-textures ufoai-textures && for f in *.deb; do dpkg -x $f ${f%%_*}; done
python scripts/stylizer-collect.py . OUT   (numpy, pillow; Debian 12)

Kept are pictures of at least 120 pixels without transparency that are not flat and not nearly the same as an earlier
one; the short side becomes 320 pixels at most.
"""

import io
import re
import struct
import sys
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

PICTURES = (".jpg", ".jpeg", ".png", ".tga", ".webp")
# Maps of normals, gloss and the like, and pictures of things rather than of surfaces.
NOT_SURFACES = re.compile(
    r"(_nm|_n|_norm|_normal|_gloss|_sm|_gm|_glow|_bump|_spec|_luma|_pants|_shirt|_blend|_disp|lightmap)\.[a-z]+$"
    r"|/(gfx|pics|menu|icons|font|ui|sky|sprites|models|env|levelshots)/"
    r"|icon|logo|splash|cursor|brush|preset|template|screenshot|theme"
)
SIDE = 320


def opened(data):
    """The picture in these bytes, or None."""
    try:
        image = Image.open(io.BytesIO(data))
        image.load()
        return image
    except Exception:  # many kinds of errors for many kinds of files
        return None


def pattern(data):
    """A GIMP pattern, repeated until it is 256 pixels wide and high."""
    start, _, width, height, depth = struct.unpack(">5I", data[:20])
    values = np.frombuffer(data, np.uint8, width * height * depth, start).reshape(height, width, depth)
    tile = Image.fromarray(values[..., :3] if depth >= 3 else values[..., 0]).convert("RGB")
    times = max(1, -(-256 // min(width, height)))
    return Image.fromarray(np.tile(np.asarray(tile), (times, times, 1)))


def embedded(data):
    """JPEG and WebP files inside a Qt resource file."""
    for mark in re.finditer(rb"\xff\xd8\xff|RIFF", data):
        yield opened(data[mark.start() :])


def pictures(package):
    """Every picture of an unpacked package, in order of names."""
    for path in sorted(package.rglob("*")):
        name = path.as_posix().lower()
        if not path.is_file():
            continue
        if name.endswith(".pk3"):
            archive = zipfile.ZipFile(path)
            for entry in sorted(archive.namelist()):
                if entry.lower().endswith(PICTURES) and not NOT_SURFACES.search(entry.lower()):
                    yield opened(archive.read(entry))
        elif name.endswith("/paintings.rcc"):
            yield from embedded(path.read_bytes())
        elif name.endswith(".pat"):
            yield pattern(path.read_bytes())
        elif name.endswith(PICTURES) and not NOT_SURFACES.search(name):
            yield opened(path.read_bytes())


def surface(image):
    """The picture as kept, or None."""
    if image is None or min(image.size) < 120:
        return None
    if image.mode in ("RGBA", "LA", "P"):
        alpha = np.asarray(image.convert("RGBA"))[..., 3]
        if (alpha < 200).mean() > 0.02:
            return None
    image = image.convert("RGB")
    width, height = image.size
    if max(width, height) > 2.2 * min(width, height):
        image = image.crop((0, 0, min(image.size), min(image.size)))
    scale = min(1, SIDE / min(image.size))
    image = image.resize([round(side * scale) for side in image.size], Image.LANCZOS)
    grey = np.asarray(image.convert("L").resize((128, 128))).astype(float)
    flat = grey.std() < 9 or np.abs(np.diff(grey, axis=1)).mean() < 2
    return None if flat else image


def main(folder, out):
    out.mkdir(parents=True, exist_ok=True)
    seen = []
    for package in sorted(path for path in folder.iterdir() if path.is_dir() and path != out):
        count = 0
        for image in map(surface, pictures(package)):
            if image is None:
                continue
            coarse = np.asarray(image.resize((16, 16), Image.BOX)).astype(float)
            mean = coarse.mean((0, 1))
            shape = ((coarse - coarse.mean()) / (coarse.std() + 1e-6)).ravel()
            if any(np.abs(mean - m).mean() < 3 and (shape * s).mean() > 0.6 for m, s in seen):
                continue
            seen.append((mean, shape))
            image.save(out / f"{package.name}-{count:04d}.jpg", quality=92)
            count += 1
        print(package.name, count)


main(Path(sys.argv[1]), Path(sys.argv[2]))
