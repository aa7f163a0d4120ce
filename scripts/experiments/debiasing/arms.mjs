/** What is compared, each by its name's recipe in recipes/small unless told. The first is what the others are held against. */
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
  'debiased-vgg',
];

/** The recipe of an arm, and what it changes: `debiased-vgg` paints with the networks of arXiv 1703.06868. */
export function recipeOf(arm, { encoder, decoder }) {
  if (arm !== 'debiased-vgg') return { name: arm, changes: [] };
  if (encoder === undefined || decoder === undefined)
    throw new Error('Expected --encoder and --decoder, the weights of the VGG path, for debiased-vgg.');
  return { name: 'debiased', changes: [`style=${JSON.stringify({ path: 'vgg', encoder, decoder })}`] };
}
