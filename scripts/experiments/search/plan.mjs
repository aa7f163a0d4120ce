/**
 * What is compared. Each experiment has the recipe of its name (or of `recipe`), the shape of a sample, for which costs count, and
 * entries: changes of the recipe in the form of `--set`. `fixed` entries train the network that they say; the others
 * find one first.
 */

const baseline = (name, macs) => ({ set: [`search={ ${name}: { target: { macs: ${macs} } } }`] });

/** A network of one kernel form, or of equal parts, instead of the search network. */
const fixed = (family, op) => ({
  set: [`model.${family}.search=false`, `model.${family}.op=${op}`],
  fixed: true,
});

/** What an entry of the same seed found, trained from scratch. */
const retrained = { set: [], from: 'search', fixed: true };

/** What an entry found, trained once more, all of them with one seed: how much of a score is the network's own. */
const again = (from) => ({ set: ['seed=100'], from, fixed: true });

export const EXPERIMENTS = [
  {
    name: 'atomnas',
    metric: 'top1',
    shape: [48, 48, 3],
    entries: {
      search: { set: [] },
      retrained,
      random: baseline('random', 1.3e6),
      width: baseline('width', 1.3e6),
    },
  },
  {
    name: 'autonl',
    metric: 'top1',
    shape: [48, 48, 3],
    entries: {
      search: { set: [] },
      unexplored: { set: ['model.autonl-search.explore=0'] },
      random: baseline('random', 3.2e6),
      'search-again': again('search'),
      'random-again': again('random'),
      width: baseline('width', 3.2e6),
    },
  },
  {
    name: 'hippocampus',
    metric: 'dice',
    shape: [16, 16, 16, 1],
    entries: {
      search: { set: [] },
      performance: { set: ['model.cakes-unet.priority=performance'] },
      random: baseline('random', 8.29e6),
      'random-again': again('random'),
      width: baseline('width', 8.75e6), // the nearest that whole channels allow
      '3d': fixed('cakes-unet', '3d'),
      p3d: fixed('cakes-unet', 'p3d'),
      '2d+1d': fixed('cakes-unet', '1+2d'),
    },
  },
  {
    name: 'hippocampus-p3d', // at the cost of the P3D network, which is above
    recipe: 'hippocampus',
    metric: 'dice',
    shape: [16, 16, 16, 1],
    entries: {
      search: { set: ['search={ cakes: { strength: 1e-3, target: { macs: 20.42e6 } } }'] },
      random: baseline('random', 20.42e6),
      p3d: fixed('cakes-unet', 'p3d'),
      width: baseline('width', 20.42e6),
    },
  },
  {
    name: 'scenes',
    metric: 'top1',
    shape: [8, 48, 48, 3],
    entries: {
      search: { set: [] },
      random: baseline('random', 13.32e6),
      '3d': fixed('cakes-video', '3d'),
      p3d: fixed('cakes-video', 'p3d'),
      '2d+1d': fixed('cakes-video', '1+2d'),
    },
  },
];
