import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { objects } from './objects.mjs';
import { Pen } from './pen.mjs';
import { scene } from './scenes.mjs';
import { textures } from './textures.mjs';

export const objectNames = Object.keys(objects);
export const textureNames = Object.keys(textures);

/** The drawn object number `index` of one kind as an SVG document. */
export function objectSvg(kind, index, size) {
  const pen = new Pen(generator(`object/${kind}/${index}`));
  return pen.document(size, scene(kind, pen));
}

/** The drawn texture number `index` of one kind as an SVG document. */
export function textureSvg(kind, index, size) {
  const pen = new Pen(generator(`texture/${kind}/${index}`));
  return pen.document(size, textures[kind](pen));
}

/** Writes `count` JPEGs of each named object as `dir/<name>/<nn>.jpg`. Always the same bytes for the same sharp. */
export function drawObjects(dir, { names = objectNames, count = 4, size = 256 } = {}) {
  return drawFolder(dir, names, count, (name, i) => objectSvg(name, i, size));
}

/** Writes `count` JPEGs of each named texture as `dir/<name>/<nn>.jpg`. */
export function drawTextures(dir, { names = textureNames, count = 4, size = 256 } = {}) {
  return drawFolder(dir, names, count, (name, i) => textureSvg(name, i, size));
}

async function drawFolder(dir, names, count, svg) {
  for (const name of names) {
    await mkdir(join(dir, name), { recursive: true });
    for (let i = 0; i < count; i++) {
      const jpeg = await sharp(Buffer.from(svg(name, i)))
        .flatten()
        .jpeg({ quality: 92 })
        .toBuffer();
      await writeFile(join(dir, name, `${String(i).padStart(2, '0')}.jpg`), jpeg);
    }
  }
}

/** Uniform numbers in [0, 1) from a name: FNV-1a seeds mulberry32, enough for drawings. */
function generator(name) {
  let state = 2166136261;
  for (const char of name) state = Math.imul(state ^ char.codePointAt(0), 16777619);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
