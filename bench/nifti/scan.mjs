import { writeNifti } from '../../dist/datasets/index.js';

const SIDE = 256;

/** Writes a synthetic head, 256³ int16 stored PIR with anisotropic voxels and noise, as .nii.gz; returns its path. */
export async function makeScan(path) {
  const data = new Int16Array(SIDE ** 3);
  let state = 1;
  const noise = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0; // a fixed sequence: the same scan everywhere
    return state / 2 ** 32 - 0.5;
  };
  let at = 0;
  for (let z = 0; z < SIDE; z++) {
    for (let y = 0; y < SIDE; y++) {
      for (let x = 0; x < SIDE; x++, at++) {
        const [a, b, c] = [x, y, z].map((value) => (value - SIDE / 2) / (SIDE / 2));
        const radius = Math.hypot(a / 0.85, b / 0.9, c / 0.7);
        const tissue = 1500 + 600 * Math.sin(9 * a) * Math.sin(11 * b) * Math.sin(8 * c);
        data[at] = radius < 1 ? tissue + 90 * (noise() + noise()) : 25 * (noise() + 0.5);
      }
    }
  }
  const affine = [
    [0, 0, 0.77, -98],
    [-0.91, 0, 0, 116],
    [0, -0.738, 0, 94],
    [0, 0, 0, 1],
  ];
  await writeNifti(path, { data, shape: [SIDE, SIDE, SIDE], affine });
  return path;
}
