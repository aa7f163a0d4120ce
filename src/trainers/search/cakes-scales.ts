import type { Network } from '../network.js';

/** Whether a parameter of a CAKES network is the scale after a channel-wise operation, branches joined in order. */
export const isScale = (name: string): boolean => name.endsWith('.out.0.weight');

/** Names of the scales of a search network's channel-wise operations, in the order of their splits. */
export function cakesScales(model: Pick<Network, 'parameters'>): string[] {
  return [...model.parameters.keys()].filter(isScale);
}
