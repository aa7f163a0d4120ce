import type { Region } from '../../core/transform.js';

/** What is left to do of a region once whole frames have been brought to its size; undefined where that is no part of it. */
export function afterScaling(region: Region, height: number, width: number): Region | undefined {
  const { size, filter } = region;
  const whole = region.top === 0 && region.left === 0 && region.height === height && region.width === width;
  const same = size.height === height && size.width === width;
  if (!whole || same || filter !== 'bilinear') return undefined;
  return { ...region, height: size.height, width: size.width };
}
