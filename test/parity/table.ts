import type { ResNetOptions } from '../../src/models/index.js';
import { adainForward, adainLoss } from './builders/adain.js';
import { cakesOperation, inflation, videoNetwork } from './builders/cakes.js';
import { frameSampling } from './builders/clips.js';
import { cropDraws, inceptionDraws } from './builders/crops.js';
import { debiasedIteration } from './builders/debiased.js';
import { dualLabels, fgsmAttack, segmentationLosses } from './builders/losses.js';
import { mixing } from './builders/mixing.js';
import { atomicBlock, autonlNetwork, fusedBlock, lightNL, searchedNetwork } from './builders/mobile.js';
import { bnetLayer, mixBatchNorm } from './builders/norms.js';
import { imagenetA, resizing } from './builders/pictures.js';
import { blockOf, bnetNetwork, mixResNeXt, torchvision, training } from './builders/resnet.js';
import { bnetSchedules, debiasedSchedules, mnasRecipe } from './builders/schedules.js';
import { atomnasShrink, cakesPruning } from './builders/search.js';
import { niftiFiles, segmentationMetrics, sliding, spatialTransforms } from './builders/volumes.js';
import type { Builder } from './compare.js';

type Depth = NonNullable<ResNetOptions['depth']>;
type Layers = NonNullable<ResNetOptions['layers']>;

const depth = (text: string | undefined) => Number(text) as Depth;
const stages = (text: string | undefined) => JSON.parse(`[${text}]`) as unknown as Layers;

/** Builders by what the manifest calls them; numbers in the name are read from it. */
const TABLE: readonly (readonly [pattern: RegExp, make: (match: readonly string[]) => Builder])[] = [
  [/^(Conv(\d(_\d)*|P3)D|ConvST|MixConv(1D|2D|All))$/, () => cakesOperation],
  [/^I3D\.ResNet\(Bottleneck,\[3,4,6,3\]\)$/, () => videoNetwork],
  [/^I3D\.resnet50 weight inflation$/, () => inflation],
  [/^InvertedResidualChannels$/, () => atomicBlock],
  [/^InvertedResidualChannelsFused$/, () => fusedBlock],
  [/^Nonlocal\b/, () => lightNL],
  [/^searched_network\.MobileNetSearched$/, () => searchedNetwork],
  [
    /^mobilenet_supernet\.MobileNetV2 \+ autonl_([sl])\.yml$/,
    ([, arch]) => autonlNetwork(arch === 's' ? 'S' : 'L'),
  ],
  [/^mobilenet_supernet\.MobileNetV2 small$/, () => atomnasShrink],
  [/^(\w+)\.pruneBN$/, ([, name = '']) => cakesPruning(name)],
  [/^LRScheduler$/, () => bnetSchedules],
  [/^LR warmup\/step\/cosine, multi-grid image size$/, () => debiasedSchedules],
  [/^schedules\/EMA\/RMSprop\/label smoothing$/, () => mnasRecipe],
  [/^StyleTransfer\.__call__ label logic$/, () => dualLabels],
  [/^fgsm_attack$/, () => fgsmAttack],
  [/^monai\.losses$/, () => segmentationLosses],
  [/^AdaIN encoder/, () => adainForward],
  [/^AdaIN trainer loss$/, () => adainLoss],
  [/^(mixup|cutmix)_data\(/, () => mixing],
  [/^whole debiased training iteration/, () => debiasedIteration],
  [/^indices_in_1k$/, () => imagenetA],
  [/^Resize\+CenterCrop\+Normalize$/, () => resizing],
  [/^RandomResizedCrop\.get_params$/, () => cropDraws],
  [/^RandomResizedCropPadding\.get_params\b/, () => inceptionDraws],
  [/^sliding_window_inference$/, () => sliding],
  [/^monai\.metrics$/, () => segmentationMetrics],
  [/^monai transforms on nifti/, () => spatialTransforms],
  [/^VideoDataSet$/, () => frameSampling],
  [/^nibabel/, () => niftiFiles],
  [/^BNET2d$/, () => bnetLayer],
  [/^MixBatchNorm2d$/, () => mixBatchNorm],
  [/^torchvision\.models\.resnet(\d+)$/, ([, n]) => torchvision(depth(n))],
  [
    /^torchvision\.models\.resnext(\d+)_(\d+)x(\d+)d$/,
    ([, n, c, w]) => torchvision(depth(n), Number(c), Number(w)),
  ],
  [/^(?:official )?resnet(\d+)BNET\b/, ([, n]) => bnetNetwork(depth(n))],
  [
    /^official resnext(\d+) \(baseWidth=(\d+),cardinality=(\d+)\)\+MixBatchNorm2d$/,
    ([, n, width, groups]) => mixResNeXt(depth(n), Number(groups), Number(width)),
  ],
  [
    /^torchvision ResNet\(\[([\d,]+)\]\)$/,
    ([, layers]) => training(({ block }) => ({ block: blockOf(block), layers: stages(layers) })),
  ],
  [
    /^official ResNet\(BottleneckBNET,\[([\d,]+)\]\)$/,
    ([, layers]) =>
      training(({ k = 3 }) => ({
        block: 'bottleneck',
        layers: stages(layers),
        norm: { bnet: { kernel: k } },
      })),
  ],
  [
    /^tiny debiased ResNet$/,
    () =>
      training(({ block, layers = [1, 1, 1, 1] }) => ({
        block: blockOf(block),
        layers: [...layers],
        routes: ['main', 'aux'],
      })),
  ],
];

/** The builder of that name, if there is one. */
export function builderOf(name: string): Builder | undefined {
  for (const [pattern, make] of TABLE) {
    const match = pattern.exec(name);
    if (match !== null) return make(match);
  }
  return undefined;
}
