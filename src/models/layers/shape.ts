/** Extents, slowest axis first. Values that flow through a network are `[batch, ...space, channels]`. */
export type Shape = readonly number[];

/** Number of elements. */
export const volume = (shape: Shape): number => shape.reduce((product, extent) => product * extent, 1);
