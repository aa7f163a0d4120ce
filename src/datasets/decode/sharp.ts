import type sharpModule from 'sharp';

/** The sharp factory, hardened: see {@link loadSharp}. */
export type Sharp = typeof sharpModule;

const LOADERS = ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Tiff'].map((name) => `VipsForeignLoad${name}`);

let loaded: Promise<Sharp> | undefined;

/**
 * Imports sharp on first use and hardens it for the whole process: only the loaders for JPEG, PNG, WebP, GIF and TIFF
 * remain (no SVG, PDF, HEIF or anything that opens other files), one thread per picture (pictures run in parallel
 * instead), no operation cache. All of cuemix uses this function, never `import('sharp')`.
 */
export function loadSharp(): Promise<Sharp> {
  loaded ??= import('sharp').then(({ default: sharp }) => {
    sharp.block({ operation: ['VipsForeignLoad'] });
    sharp.unblock({ operation: LOADERS });
    sharp.concurrency(1);
    sharp.cache(false);
    return sharp;
  });
  return loaded;
}
