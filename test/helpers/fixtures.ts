import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';

/** What a drawn picture shows: a shape of one colour before a background with a texture. */
export interface Drawing {
  readonly shape: 'disc' | 'square' | 'cross';
  readonly texture: 'stripes' | 'checks' | 'dots' | 'plain';
  readonly width: number;
  readonly height: number;
  /** 0..1: turns the two colours. */
  readonly hue?: number;
}

/** RGB bytes of a drawing, row by row; a pure function of its argument. */
export function draw({ shape, texture, width, height, hue = 0 }: Drawing): Uint8Array {
  const pixels = new Uint8Array(width * height * 3);
  const front = colour(hue);
  const back = colour(hue + 0.5);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const u = (x + 0.5) / width - 0.5;
      const v = (y + 0.5) / height - 0.5;
      const inside = insideShape(shape, u, v);
      const light = inside ? 1 : shade(texture, x, y);
      const chosen = inside ? front : back;
      for (let c = 0; c < 3; c++) pixels[(y * width + x) * 3 + c] = Math.round(chosen[c]! * light);
    }
  }
  return pixels;
}

/** Encoded file of a drawing, by the extension: `.jpg`, `.png` or `.webp` in any case. */
export async function encode(drawing: Drawing, extension = '.png'): Promise<Buffer> {
  const { width, height } = drawing;
  const image = sharp(draw(drawing), { raw: { width, height, channels: 3 } });
  const kind = extension.toLowerCase();
  if (kind === '.png') return image.png().toBuffer();
  return kind === '.webp'
    ? image.webp({ lossless: true }).toBuffer()
    : image.jpeg({ quality: 92 }).toBuffer();
}

/** A fresh temporary folder; `remove` deletes it with all it holds. */
export async function temporaryFolder(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'cuemix-test-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Writes `files` (relative path to bytes or text) below `root`, making folders as needed. */
export async function writeTree(
  root: string,
  files: Readonly<Record<string, Uint8Array | string>>,
): Promise<void> {
  for (const [name, data] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), data);
  }
}

/**
 * Writes a class-per-folder set of drawings below `root`: the class is the shape, the texture varies.
 * Returns the paths relative to `root`, in the order in which a folder dataset lists them.
 */
export async function writePictures(
  root: string,
  options: { readonly perClass?: number; readonly size?: number; readonly classes?: readonly string[] } = {},
): Promise<string[]> {
  const { perClass = 3, size = 48, classes = ['cross', 'disc', 'square'] } = options;
  const shapes = ['cross', 'disc', 'square'] as const;
  const textures = ['stripes', 'checks', 'dots', 'plain'] as const;
  const extensions = ['.png', '.JPG', '.webp', '.jpeg'] as const;
  const paths: string[] = [];
  for (const [c, name] of classes.entries()) {
    for (let index = 0; index < perClass; index++) {
      const extension = extensions[index % extensions.length]!;
      const path = `${name}/${String(index).padStart(3, '0')}${extension}`;
      const drawing: Drawing = {
        shape: shapes[c % shapes.length]!,
        texture: textures[(c + index) % textures.length]!,
        width: size + 4 * (index % 3),
        height: size,
        hue: (0.13 * c + 0.29 * index) % 1,
      };
      await writeTree(root, { [path]: await encode(drawing, extension) });
      paths.push(path);
    }
  }
  return paths;
}

function insideShape(shape: Drawing['shape'], u: number, v: number): boolean {
  if (shape === 'disc') return Math.hypot(u, v) < 0.33;
  if (shape === 'square') return Math.max(Math.abs(u), Math.abs(v)) < 0.28;
  return Math.min(Math.abs(u), Math.abs(v)) < 0.1 && Math.max(Math.abs(u), Math.abs(v)) < 0.38;
}

function shade(texture: Drawing['texture'], x: number, y: number): number {
  if (texture === 'stripes') return (x >> 2) % 2 === 0 ? 1 : 0.4;
  if (texture === 'checks') return ((x >> 3) + (y >> 3)) % 2 === 0 ? 1 : 0.4;
  if (texture === 'dots') return Math.hypot((x % 8) - 4, (y % 8) - 4) < 2.5 ? 0.3 : 1;
  return 0.8;
}

/** Saturated colour of a hue in turns. */
function colour(hue: number): readonly number[] {
  return [0, 1 / 3, 2 / 3].map((offset) => 127.5 + 127.5 * Math.cos(2 * Math.PI * (hue - offset)));
}
