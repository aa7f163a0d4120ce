/**
 * Channel statistics of one layer of one style: mean and standard deviation per channel, equally long, float32.
 */
export interface LayerStatistics {
  readonly mean: Float32Array;
  readonly std: Float32Array;
}

/** All that a stylizer needs to know of a style: the statistics of each of its normalised layers, first to last. */
export interface StyleStatistics {
  readonly layers: readonly LayerStatistics[];
}
