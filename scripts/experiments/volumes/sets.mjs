/** The two sets that the networks are trained on: recipes, what is scored, and one sample's extents. */
export const sets = {
  hippocampus: {
    names: { '3d': '3×3×3', p3d: 'P3D', cakes: 'CAKES, 1+2+3D', '2d': '1×3×3' },
    input: [32, 32, 32, 1],
    metrics: { dice: 'Dice', dice1: 'front', dice2: 'back' },
    curve: 'dice',
    peers: { dynunet: 'MONAI DynUNet', unet: 'MONAI UNet' },
  },
  scenes: {
    names: { '3d': '3×3×3', cakes: 'CAKES, 1+2+3D', '2d': '1×3×3' },
    input: [8, 56, 56, 3],
    metrics: { top1: 'top-1', loss: 'loss' },
    curve: 'top1',
    peers: {},
  },
};
