export { type PairFigures, pairFigures } from './evaluate.js';
export type { LossWeights } from './losses.js';
export { type PerceptualNetwork, perceptualNetwork } from './perceptual.js';
export { holdOut, listPictures } from './pictures.js';
export { centreSquares } from './preview.js';
export type { ScheduleOptions } from './schedule.js';
export { runStylizerTraining, type StylizerTraining, type TrainingSummary } from './setup.js';
export type { StepResult } from './step.js';
