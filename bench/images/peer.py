"""Peers of bench/images: decode, random-resized crop to 224, flip, batches of 64 bytes. One line per turn on stdin."""
import argparse, glob, json, os, sys, time

args = argparse.ArgumentParser()
for name in ("peer", "data", "workers", "batches", "cache"):
    args.add_argument("--" + name)
a = args.parse_args()
workers, batches = int(a.workers), int(a.batches)
files = sorted(f for f in glob.glob(a.data + "/*/*") if f.lower().endswith((".jpeg", ".jpg")))
names = sorted({os.path.basename(os.path.dirname(f)) for f in files})
labels = [names.index(os.path.basename(os.path.dirname(f))) for f in files]


def cpu_seconds():
    """User and system time of this process and its living descendants."""
    seen = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            field = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        seen[int(pid)] = (int(field[1]), (int(field[11]) + int(field[12])) / os.sysconf("SC_CLK_TCK"))
    total, todo = 0.0, [os.getpid()]
    while todo:
        pid = todo.pop()
        total += seen.get(pid, (0, 0.0))[1]
        todo += [child for child, (parent, _) in seen.items() if parent == pid]
    return total


def loader(load):
    import torch

    class Files(torch.utils.data.Dataset):
        def __len__(self):
            return len(files)

        def __getitem__(self, i):
            return load(files[i]), labels[i]

    options = dict(batch_size=64, shuffle=True, drop_last=True, num_workers=workers)
    data = torch.utils.data.DataLoader(Files(), persistent_workers=True, prefetch_factor=4, **options)
    while True:
        yield from data


def torchvision_pil():
    import torchvision
    from PIL import Image
    from torchvision.transforms import v2

    chain = v2.Compose([v2.RandomResizedCrop(224, antialias=True), v2.RandomHorizontalFlip(), v2.PILToTensor()])
    return torchvision.__version__, loader(lambda f: chain(Image.open(f).convert("RGB")))


def torchvision_io():
    import torchvision
    from torchvision.io import ImageReadMode, decode_jpeg, read_file
    from torchvision.transforms import v2

    chain = v2.Compose([v2.RandomResizedCrop(224, antialias=True), v2.RandomHorizontalFlip()])
    return torchvision.__version__, loader(lambda f: chain(decode_jpeg(read_file(f), mode=ImageReadMode.RGB)))


def albumentations():
    import albumentations as alb, cv2, torch

    cv2.setNumThreads(0)
    chain = alb.Compose([alb.RandomResizedCrop((224, 224), scale=(0.08, 1)), alb.HorizontalFlip()])
    read = lambda f: chain(image=cv2.cvtColor(cv2.imread(f, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB))["image"].copy()
    return alb.__version__, loader(lambda f: torch.from_numpy(read(f)))


def same_crop(tf, shape):
    """A box of torchvision's (and everybody else's) distribution; TensorFlow's own op draws smaller ones."""
    height, width = tf.cast(shape[0], tf.float32), tf.cast(shape[1], tf.float32)
    area = tf.random.uniform([10], 0.08, 1) * height * width
    ratio = tf.exp(tf.random.uniform([10], -0.28768207, 0.28768207))
    sides = tf.round(tf.sqrt(tf.stack([area / ratio, area * ratio], 1)))
    fits = tf.reduce_all(sides <= tf.stack([height, width]), 1)
    chosen = tf.gather(sides, tf.argmax(tf.cast(fits, tf.int32)))
    whole = tf.minimum(tf.stack([height, width]), tf.stack([width, height]) * 4 / 3)
    size = tf.cast(tf.where(tf.reduce_any(fits), chosen, whole), tf.int32)
    begin = tf.cast(tf.random.uniform([2]) * tf.cast(shape[:2] - size + 1, tf.float32), tf.int32)
    return tf.concat([begin, size], 0)


def tfdata(antialias=True, method="", own_crops=False):
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import tensorflow as tf

    def load(path, label):
        data = tf.io.read_file(path)
        shape = tf.io.extract_jpeg_shape(data)
        if own_crops:
            begin, size, _ = tf.image.sample_distorted_bounding_box(
                shape, tf.zeros([1, 0, 4]), area_range=(0.08, 1.0), aspect_ratio_range=(3 / 4, 4 / 3),
                max_attempts=10, use_image_if_no_bounding_boxes=True)
            box = tf.concat([begin[:2], size[:2]], 0)
        else:
            box = same_crop(tf, shape)
        image = tf.image.decode_and_crop_jpeg(data, box, channels=3, dct_method=method)
        image = tf.image.resize(image, [224, 224], antialias=antialias)
        return tf.cast(tf.image.random_flip_left_right(image), tf.uint8), label

    data = tf.data.Dataset.from_tensor_slices((files, labels)).shuffle(len(files)).repeat()
    data = data.map(load, num_parallel_calls=workers).batch(64, drop_remainder=True).prefetch(4)
    return tf.__version__, iter(data)


def dali():
    import nvidia.dali as d
    from nvidia.dali import fn, pipeline_def, types

    @pipeline_def(batch_size=64, num_threads=workers, device_id=None)
    def pipe():
        data, label = fn.readers.file(files=files, labels=labels, random_shuffle=True)
        image = fn.decoders.image_random_crop(data, device="cpu", random_area=[0.08, 1], random_aspect_ratio=[0.75, 4 / 3], output_type=types.RGB)
        image = fn.resize(image, size=[224, 224], antialias=True)
        return fn.flip(image, horizontal=fn.random.coin_flip()), label

    built = pipe()
    built.build()
    return d.__version__, iter(built.run, None)


def ffcv(mode):
    import ffcv
    from ffcv.fields import IntField, RGBImageField
    from ffcv.fields.decoders import IntDecoder, RandomResizedCropRGBImageDecoder
    from ffcv.loader import Loader, OrderOption
    from ffcv.transforms import RandomHorizontalFlip, ToTensor
    from ffcv.writer import DatasetWriter
    from PIL import Image

    class Files:
        def __len__(self):
            return len(files)

        def __getitem__(self, i):
            return Image.open(files[i]).convert("RGB"), labels[i]

    path = f"{a.cache}/{mode}.beton"
    if not os.path.exists(path):
        fields = {"image": RGBImageField(write_mode=mode), "label": IntField()}
        DatasetWriter(path, fields, num_workers=1).from_indexed_dataset(Files())
    chains = {"image": [RandomResizedCropRGBImageDecoder((224, 224)), RandomHorizontalFlip(), ToTensor()], "label": [IntDecoder(), ToTensor()]}
    data = Loader(path, batch_size=64, num_workers=workers, order=OrderOption.RANDOM, drop_last=True, os_cache=True, pipelines=chains)

    def forever():
        while True:
            yield from data

    return getattr(ffcv, "__version__", "?"), forever()


PEERS = dict(torchvision_pil=torchvision_pil, torchvision_io=torchvision_io, albumentations=albumentations,
             tfdata=tfdata, tfdata_plain=lambda: tfdata(False, "INTEGER_FAST"),
             tfdata_own_crops=lambda: tfdata(False, "INTEGER_FAST", True), dali=dali, ffcv_jpeg=lambda: ffcv("jpg"), ffcv_raw=lambda: ffcv("raw"))
DRAIN = 10
version, batch = PEERS[a.peer]()
for _ in range(32):  # all files once
    next(batch)
print(json.dumps(dict(version=version)), flush=True)
for _ in sys.stdin:
    for _ in range(DRAIN):  # what was prepared while the others had their turns
        next(batch)
    cpu, start = cpu_seconds(), time.perf_counter()
    for _ in range(batches):
        next(batch)
    print(json.dumps(dict(wall=time.perf_counter() - start, cpu=cpu_seconds() - cpu)), flush=True)
os._exit(0)
