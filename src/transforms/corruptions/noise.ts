import { normals, uniforms } from '../fields.js';
import { at, type Corruption, repaint } from './picture.js';
import { poisson } from './poisson.js';

/** Normal noise, alike everywhere. */
export const gaussianNoise: Corruption = (severity) => {
  const deviation = at(severity, [0.08, 0.12, 0.18, 0.26, 0.38]) * 255;
  return (picture, rng) => {
    const noise = normals(rng, picture.data.length, 0, deviation);
    return repaint(
      picture,
      picture.data.map((value, index) => value + noise[index]!),
    );
  };
};

/** Normal noise that grows with the value. */
export const speckleNoise: Corruption = (severity) => {
  const deviation = at(severity, [0.15, 0.2, 0.35, 0.45, 0.6]);
  return (picture, rng) => {
    const noise = normals(rng, picture.data.length, 1, deviation);
    return repaint(
      picture,
      picture.data.map((value, index) => value * noise[index]!),
    );
  };
};

/** Few photons: values become Poisson counts. */
export const shotNoise: Corruption = (severity) => {
  const photons = at(severity, [60, 25, 12, 5, 3]);
  return (picture, rng) => {
    const draws = uniforms(rng, picture.data.length);
    const counts = poisson(photons / 255);
    return repaint(
      picture,
      picture.data.map((value, index) => (counts(value, draws[index]!) * 255) / photons),
    );
  };
};

/** Values that turn black or white ("salt and pepper"), each channel by itself. */
export const impulseNoise: Corruption = (severity) => {
  const share = at(severity, [0.03, 0.06, 0.09, 0.17, 0.27]);
  return (picture, rng) => {
    const draws = uniforms(rng, picture.data.length);
    return repaint(
      picture,
      picture.data.map((value, index) => {
        const draw = draws[index]!;
        return draw >= share ? value : draw < share / 2 ? 0 : 255;
      }),
    );
  };
};
