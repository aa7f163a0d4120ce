import { figures } from '../../core/figures.js';

/** Within this share of its target a network has met it. */
export const TOLERANCE = 0.03;

/** A latency for people, in three figures. */
export const milliseconds = (value: number): string => `${figures(value, 3)} ms`;
