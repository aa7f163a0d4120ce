import { z } from 'zod';

/** A budget for the network that is found; one of them. */
const searchTarget = z
  .strictObject({
    /** Multiply-accumulates of one sample. */
    macs: z.number().positive().optional(),
    params: z.number().positive().optional(),
    /** Milliseconds of one sample's forward pass, measured on this machine. */
    latency: z.number().positive().optional(),
  })
  .refine((target) => Object.values(target).filter((value) => value !== undefined).length === 1, {
    error: 'Expected one of macs, params, latency',
  });

export type SearchTarget = z.output<typeof searchTarget>;

/** AtomNAS (arXiv 1912.09640): channels die under a penalty and are cut out during the training. */
export const atomnasSearch = z.strictObject({
  /** Strength of the penalty; the paper's A, B, C: 1.8e-4, 1.2e-4, 1.0e-4. With a target only where it begins. */
  rho: z.number().min(0).default(1.8e-4),
  /** Epochs in which the penalty rises from 0; the paper: 25 of 350. */
  rampEpochs: z.number().min(0).default(25),
  /** Largest scale of a dead channel. */
  threshold: z.number().positive().default(1e-3),
  /** Multiply-accumulates that must be dead before the network is cut. */
  worth: z.number().min(0).default(1e6),
  target: searchTarget.optional(),
  /** Share of the epochs by which a target is reached. */
  until: z.number().min(0).max(1).default(0.75),
  /** Train the network that is left once more from scratch; published searches keep its weights. */
  retrain: z.boolean().default(false),
});
export type AtomNASSearch = z.output<typeof atomnasSearch>;

/** The cost-priority search of CAKES (arXiv 2003.12798): branches compete by their scales. */
export const cakesSearch = z.strictObject({
  /** Strength of the penalty on the scales; the paper's 1e-4. */
  strength: z.number().min(0).default(1e-4),
  target: searchTarget.optional(),
});
export type CakesSearch = z.output<typeof cakesSearch>;

/** AutoNL (arXiv 2004.01961): kernels, expansions and LightNL blocks are chosen by gates that are learned. */
export const autonlSearch = z.strictObject({
  /** Weight of the logarithm of the multiply-accumulates in the loss; with a target only where it begins. */
  lambda: z.number().min(0).default(0.1),
  /** Epochs in which that weight rises from 0, so that choices are not made by fresh weights. */
  rampEpochs: z.number().min(0).default(5),
  target: searchTarget.optional(),
  /** Share of the epochs by which a target is reached. */
  until: z.number().min(0).max(1).default(0.75),
});
export type AutoNLSearch = z.output<typeof autonlSearch>;

/** What searches are compared with: no search, but a network of the same space that costs the same. */
export const baselineSearch = z.strictObject({
  target: z
    .strictObject({ macs: z.number().positive().optional(), params: z.number().positive().optional() })
    .refine(({ macs, params }) => (macs === undefined) !== (params === undefined), {
      error: 'Expected one of macs, params',
    }),
});
export type BaselineSearch = z.output<typeof baselineSearch>;

/** The searches that a recipe can name; `random` and `width` are baselines. */
export const SEARCHES = [
  { name: 'atomnas', schema: atomnasSearch },
  { name: 'autonl', schema: autonlSearch },
  { name: 'cakes', schema: cakesSearch },
  { name: 'random', schema: baselineSearch },
  { name: 'width', schema: baselineSearch },
] as const;

/** Whether what a search finds is trained from scratch; AtomNAS's own network is the result unless told. */
export const retrains = ({ name, options }: { readonly name: string; readonly options: unknown }): boolean =>
  name !== 'atomnas' || (options as AtomNASSearch).retrain;

/** Whether a name is that of a baseline, which needs no training before the one of its network. */
export const isBaseline = (name: string): name is 'random' | 'width' => name === 'random' || name === 'width';
