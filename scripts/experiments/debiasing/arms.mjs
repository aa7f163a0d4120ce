/** What is compared: each name is a recipe of recipes/small. The first is what the others are held against. */
export const arms = [
  'plain',
  'debiased',
  'shape-biased',
  'texture-biased',
  'bnet3',
  'bnet5',
  'mixup',
  'cutmix',
  'debiased-mixup',
  'debiased-cutmix',
];
