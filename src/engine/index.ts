export { type Compiled, type CompileOptions, compile, type Precision } from './compile.js';
export { type Engine, type EngineOptions, openEngine } from './engine.js';
export {
  type BatchNormalized,
  batchNormTrain,
  reflectPad,
  relu,
  softmaxCrossEntropy,
  toBytes,
  uint8Tensor,
} from './ops.js';
