import { BatchNorm, Bnet, type Route, RoutedNorm } from '../../../src/models/index.js';
import type { Builder } from '../compare.js';
import { runLayer } from './layer.js';

interface BnetCase {
  readonly width: number;
  readonly k: number;
  readonly eps?: number;
  readonly momentum?: number;
}

interface MixCase {
  readonly num_features: number;
  readonly batch_type: 'clean' | 'adv' | 'mix';
  readonly eps?: number;
  readonly momentum?: number;
}

/** What the published code calls the three routes. */
export const ROUTES: Readonly<Record<MixCase['batch_type'], Route>> = {
  clean: 'main',
  adv: 'aux',
  mix: 'mix',
};

export const bnetLayer: Builder = (golden) => {
  const { width, k, eps = 1e-5, momentum = 0.1 } = golden.options as unknown as BnetCase;
  return runLayer(golden, new Bnet(width, { kernel: k, epsilon: eps, momentum }));
};

export const mixBatchNorm: Builder = (golden) => {
  const {
    num_features: channels,
    batch_type,
    eps = 1e-5,
    momentum = 0.1,
  } = golden.options as unknown as MixCase;
  const norm = () => new BatchNorm(channels, { epsilon: eps, momentum });
  return runLayer(golden, new RoutedNorm(norm(), norm()), { route: ROUTES[batch_type] });
};
