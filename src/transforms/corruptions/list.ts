import { defocusBlur, gaussianBlur } from './blur.js';
import { jpegCompression, pixelate } from './digital.js';
import { elasticTransform } from './elastic.js';
import { fog } from './fog.js';
import { frost } from './frost.js';
import { glassBlur } from './glass.js';
import { motionBlur } from './motion.js';
import { gaussianNoise, impulseNoise, shotNoise, speckleNoise } from './noise.js';
import type { Corruption } from './picture.js';
import { snow } from './snow.js';
import { spatter } from './spatter.js';
import { brightness, contrast, saturate } from './tone.js';
import { zoomBlur } from './zoom.js';

/** The 15 corruptions of ImageNet-C in the paper's order, then its 4 extra ones. */
export const corruptions = {
  gaussianNoise,
  shotNoise,
  impulseNoise,
  defocusBlur,
  glassBlur,
  motionBlur,
  zoomBlur,
  snow,
  frost,
  fog,
  brightness,
  contrast,
  elasticTransform,
  pixelate,
  jpegCompression,
  speckleNoise,
  gaussianBlur,
  spatter,
  saturate,
} satisfies Readonly<Record<string, Corruption>>;
