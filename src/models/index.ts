export {
  AtomicBlock,
  type BlockShape,
  ConvNorm,
  FusedBlock,
  type FusedOptions,
  type MobileStyle,
  SqueezeExcite,
} from './atomnas/atomic.js';
export {
  type AtomNASArch,
  type AtomNASBlock,
  type AtomNASConfig,
  type AtomNASOptions,
  atomnas,
  atomnasArch,
  atomnasFamily,
  atomnasOptions,
  type SupernetRow,
  supernetBlocks,
} from './atomnas/atomnas.js';
export {
  type Alive,
  type AliveOptions,
  aliveChannels,
  deadMacs,
  type SearchGroup,
  searchGroups,
  sparsityPenalty,
} from './atomnas/atomnas-search.js';
export { type Shrunk, shrink } from './atomnas/atomnas-shrink.js';
export { AUTONL_BLOCKS, type AutoNLOptions, autonl, autonlFamily } from './autonl/autonl.js';
export {
  LightNL,
  type LightNLCost,
  type LightNLOptions,
  type LightNLVariant,
  lightNLCost,
} from './autonl/lightnl.js';
export {
  BRANCHES,
  type Branch,
  branchKernel,
  CakesConv,
  type CakesOpKind,
  type CakesOptions,
  type CakesSplit,
  equalSplit,
  MIXED_OPS,
  type MixedOp,
} from './cakes/cakes.js';
export { type InflateOptions, inflateKernel, inflateMixed, inflateWeights } from './cakes/cakes-inflate.js';
export { branchShares, costGradient, type PrunedLayer, pruneLayer } from './cakes/cakes-prune.js';
export { type CakesPreset, cakesPreset } from './cakes/cakes-splits.js';
export { cakesUNet, cakesUNetFamily } from './cakes/cakes-unet.js';
export {
  type CakesVideoOptions,
  cakesVideo,
  cakesVideoFamily,
  cakesVideoOptions,
} from './cakes/cakes-video.js';
export {
  type Counting,
  CountOps,
  countNetwork,
  type LayerCount,
  type LayerKind,
  type NetworkCount,
} from './count.js';
export { describeModel, type ModelDescription } from './describe.js';
export {
  type Checkpoint,
  type LoadFileOptions,
  loadCheckpoint,
  loadModel,
  loadWeights,
  readWeightFile,
  saveModel,
  type WeightFile,
} from './files.js';
export { heFanOut, type Init, uniformFan } from './layers/init.js';
export { type Activation, Conv, type ConvOptions, conv2d, Linear, Sequential } from './layers/layers.js';
export { Module, nameParameters } from './layers/module.js';
export {
  BatchNorm,
  type BatchNormOptions,
  Bnet,
  type BnetOptions,
  createNorm,
  type NormConfig,
  type NormFactory,
  type NormPosition,
  RoutedNorm,
  type RoutesConfig,
} from './layers/norm.js';
export type {
  BatchNormSpec,
  ConvSpec,
  LinearSpec,
  Ops,
  Padding,
  PoolSpec,
  ProductOptions,
  Route,
} from './layers/ops.js';
export { type Layout, Parameter, type ParameterSpec, type Role } from './layers/parameter.js';
export type { Shape } from './layers/shape.js';
export { TensorOps, type TensorOpsOptions } from './layers/tensor-ops.js';
export { efficientnetLite0, efficientnetLiteFamily } from './mobile/efficientnet-lite.js';
export { mobilenetV2, mobilenetV2Family } from './mobile/mobilenet-v2.js';
export { type BuildOptions, createModel, type Family, Model, type ModelConfig } from './model.js';
export { exportOnnx, type OnnxInterface, type OnnxOptions, toOnnx } from './onnx/export.js';
export { buildModel, countModel, familyOf, MODELS, type ModelEntry, modelEntry } from './registry.js';
export { type ResNetOptions, resnet, resnetFamily } from './resnet.js';
export {
  type LoadOptions,
  type LoadReport,
  loadStateDict,
  permute,
  stateDict,
  torchShape,
  toTorch,
  type Weight,
  type WeightMap,
} from './weights.js';
