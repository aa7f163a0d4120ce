"""Collects the textures of free packages that the embedded stylizer was also trained on.

apt-get download 0ad-data colobot-common-textures cube2-data gcompris-qt-data gimp-data gnome-backgrounds krita-data \
    mate-backgrounds megaglest-data nexuiz-textures openarena-081-textures plasma-workspace-wallpapers \
    propaganda-debian redeclipse-data supertuxkart-data torcs-data trigger-rally-data ufoai-textures ukui-wallpapers \
    warzone2100-data wesnoth-1.16-data && for f in *.deb; do dpkg -x $f ${f%%_*}; done
python scripts/stylizer-collect.py . OUT KEPT_OUT...   (numpy, pillow; Debian 12)

Kept are pictures of at least 120 pixels without transparency that are not flat, and not nearly the same as an earlier
one or as one below the folders KEPT_OUT; the short side becomes 320 pixels at most.
"""

import io
import re
import struct
import sys
import zipfile
from functools import lru_cache
from multiprocessing import Pool
from pathlib import Path

import numpy as np
from PIL import Image

PICTURES = (".jpg", ".jpeg", ".png", ".tga", ".webp", ".bmp", ".dds", ".rgb")
ARCHIVES = (".pk3", ".zip", ".wz")
# Maps of normals, gloss and the like, and pictures of things rather than of surfaces.
NOT_SURFACES = re.compile(
    r"(_nm|_n|_norm|_normal|_gloss|_sm|_gm|_glow|_bump|_spec|_luma|_pants|_shirt|_blend|_disp|lightmap|_normalmap|_height|_hm|_mask|_ao"
    r"|_reflect|_pal|_g|_shadow|shadow|_specular|_norms|_specmap|_norm\.cached|_spec\.cached)\.[a-z]+$"
    r"|/(gfx|pics|menu|icons|font|ui|sky|sprites|models|env|levelshots|gui|ao|units|icons|particles|skyboxes?|screenshots|"
    r"minimaps?|cubemaps?|textures/ui|skins/particles|wheels|terrain/masks)/"
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


@lru_cache
def archive(path):
    """An opened archive, once per process."""
    return zipfile.ZipFile(path)


def files(package):
    """Every picture file of an unpacked package, in order of names: a path, and the entry if it is an archive."""
    for path in sorted(package.rglob("*")):
        name = path.as_posix().lower()
        if not path.is_file():
            continue
        if name.endswith(ARCHIVES):
            for entry in sorted(archive(path).namelist()):
                if entry.lower().endswith(PICTURES) and not NOT_SURFACES.search("/" + entry.lower()):
                    yield path, entry
        elif name.endswith(("/paintings.rcc", ".pat")) or (
            name.endswith(PICTURES) and not NOT_SURFACES.search(name)
        ):
            yield path, None


def surfaces(file):
    """What is kept of a file, each with its coarse colours."""
    path, entry = file
    data = archive(path).read(entry) if entry else path.read_bytes()
    if path.suffix == ".rcc":
        found = embedded(data)
    else:
        found = [pattern(data) if path.suffix == ".pat" else opened(data)]
    return [(image, coarse(image)) for image in map(surface, found) if image is not None]


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
    # A third of one brightness: the parts of a thing beside each other, or writing.
    sheet = np.convolve(np.histogram(grey, 64, (0, 256))[0], (1, 1)).max() > 0.34 * grey.size
    return None if flat or sheet or grey.mean() < 14 else image


def coarse(image):
    """Mean colour, and 16 x 16 colours with mean 0 and deviation 1."""
    small = np.asarray(image.resize((16, 16), Image.BOX)).astype(np.float32)
    return small.mean((0, 1)), ((small - small.mean()) / (small.std() + 1e-6)).ravel()


def is_known(mean, shape, known):
    """Whether a picture is nearly the same as one of the known ones."""
    means, shapes = known
    alike = shapes @ shape / shape.size
    return bool(((np.abs(means - mean).mean(1) < 3) & (alike > 0.6) | (alike > 0.95)).any())


def main(folder, out, kept_out):
    out.mkdir(parents=True, exist_ok=True)
    images = [path for place in kept_out for path in sorted(place.rglob("*.jpg"))]
    known = [coarse(Image.open(path).convert("RGB")) for path in images]
    known = [np.array([mean for mean, _ in known]).reshape(-1, 3), np.array([shape for _, shape in known]).reshape(-1, 768)]
    with Pool() as pool:
        for package in sorted(path for path in folder.iterdir() if path.is_dir() and path != out):
            count = 0
            for found in pool.imap(surfaces, files(package), chunksize=8):
                for image, (mean, shape) in found:
                    if is_known(mean, shape, known):
                        continue
                    known = [np.concatenate([known[0], mean[None]]), np.concatenate([known[1], shape[None]])]
                    image.save(out / f"{package.name}-{count:04d}.jpg", quality=92)
                    count += 1
            print(package.name, count, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), [Path(place) for place in sys.argv[3:]])
