import type { z } from 'zod';
import { UsageError } from '../core/errors.js';
import { type AtomNASArch, atomnasFamily, atomnasOptions } from './atomnas/atomnas.js';
import { AUTONL_BLOCKS, autonlFamily } from './autonl/autonl.js';
import { autonlSearchFamily } from './autonl/autonl-search.js';
import type { CakesPreset } from './cakes/cakes-splits.js';
import { cakesUNetFamily } from './cakes/cakes-unet.js';
import { cakesVideoFamily, cakesVideoOptions } from './cakes/cakes-video.js';
import { countNetwork, type NetworkCount } from './count.js';
import { nameParameters } from './layers/module.js';
import type { Shape } from './layers/shape.js';
import { efficientnetLiteFamily } from './mobile/efficientnet-lite.js';
import { mobilenetV2Family } from './mobile/mobilenet-v2.js';
import {
  type BuildOptions,
  createModel,
  type Family,
  type Model,
  type ModelConfig,
  parseOptions,
} from './model.js';
import { resnetFamily } from './resnet.js';

/** A named network of the papers or of this package. */
export interface ModelEntry {
  readonly name: string;
  readonly summary: string;
  readonly config: ModelConfig;
  /** What the authors report, where they do: not measured here. */
  readonly claim?: string;
  /** Where they report it. */
  readonly source?: string;
}

const FAMILIES: readonly Family[] = [
  resnetFamily,
  autonlFamily,
  autonlSearchFamily,
  atomnasFamily,
  cakesVideoFamily,
  cakesUNetFamily,
  mobilenetV2Family,
  efficientnetLiteFamily,
] as readonly unknown[] as readonly Family[];

/** Names of the families that configurations may ask for. */
export const MODEL_FAMILIES: readonly string[] = FAMILIES.map(({ name }) => name);

/** @throws UsageError for an unknown family */
export function familyOf(name: string): Family {
  const family = FAMILIES.find((candidate) => candidate.name === name);
  if (family !== undefined) return family;
  throw new UsageError(`Expected a model family (${MODEL_FAMILIES.join(', ')}) but received ${name}.`);
}

/** Rebuilds a network from its JSON configuration, with fresh weights. @throws UsageError */
export function buildModel({ family, options }: ModelConfig, build?: BuildOptions): Model {
  return createModel(familyOf(family), options as z.input<z.ZodType>, build);
}

/** A network's account without building tensors; at the family's usual input unless another shape is given. */
export function countModel(
  { family: name, options }: ModelConfig,
  inputShape?: Shape,
): NetworkCount & { inputShape: Shape } {
  const family = familyOf(name);
  const parsed = parseOptions(family, options);
  const shape = inputShape ?? family.inputShape(parsed);
  return { ...countNetwork(nameParameters(family.build(parsed)), shape, family.counting), inputShape: shape };
}

/** Where the claims of each family are made: the paper, and the page of its published code. */
const SOURCES: Readonly<Record<string, string>> = {
  resnet: 'arXiv 2010.05981 and the README of its code',
  autonl: 'arXiv 2004.01961 and the README of its code',
  atomnas: 'arXiv 1912.09640 and the README of its code',
  'cakes-video': 'arXiv 2003.12798 and the README of its code',
};

const entry = (
  name: string,
  summary: string,
  family: string,
  options: object,
  claim?: string,
): ModelEntry => ({
  name,
  summary,
  config: { family, options },
  ...(claim === undefined ? {} : { claim, source: SOURCES[family]! }),
});

const resnets = ([18, 34, 50, 101, 152] as const).map((depth) => {
  const debiased = { 50: '76.9', 101: '78.9', 152: '79.8' }[depth as 50];
  const claim = debiased === undefined ? undefined : `${debiased} top-1 on ImageNet, debiased with MixBN`;
  return entry(`resnet${depth}`, `ResNet-${depth}, stride in the 3×3`, 'resnet', { depth }, claim);
});

const resnexts = (
  [
    [50, 32, 4],
    [101, 32, 4],
    [101, 32, 8],
  ] as const
).map(([depth, groups, baseWidth]) => {
  const claim = depth === 101 && baseWidth === 4 ? '81.2 top-1 on ImageNet, debiased with CutMix' : undefined;
  const name = `resnext${depth}-${groups}x${baseWidth}d`;
  return entry(
    name,
    `ResNeXt-${depth} ${groups}x${baseWidth}d`,
    'resnet',
    { depth, groups, baseWidth },
    claim,
  );
});

const mixed = [...resnets, ...resnexts].map(({ name, summary, config }) =>
  entry(`${name}-mixbn`, `${summary}; main and auxiliary batch norm`, 'resnet', {
    ...(config.options as object),
    routes: ['main', 'aux'],
  }),
);

const bnets = ([50, 101] as const).flatMap((depth) =>
  ([1, 3, 5, 7] as const).map((kernel) =>
    entry(
      `resnet${depth}-bnet${kernel}`,
      `ResNet-${depth} with BNET-${kernel} in each bottleneck`,
      'resnet',
      {
        depth,
        norm: { bnet: { kernel } },
      },
    ),
  ),
);

const autonls = (['S', 'L'] as const).map((arch) =>
  entry(
    `autonl-${arch.toLowerCase()}`,
    `AutoNL-${arch}: searched mobile network with LightNL blocks`,
    'autonl',
    { blocks: AUTONL_BLOCKS[arch] },
    arch === 'S' ? '76.5 top-1 on ImageNet' : '77.7 top-1 on ImageNet',
  ),
);

const ATOMNAS_CLAIMS: Readonly<Record<AtomNASArch, string>> = {
  A: '74.6',
  B: '75.5',
  C: '75.9',
  'A+': '76.3',
  'B+': '77.2',
  'C+': '77.6',
};

const atomnases = [
  ...(Object.keys(ATOMNAS_CLAIMS) as AtomNASArch[]).map((arch) =>
    entry(
      `atomnas-${arch.toLowerCase().replace('+', '-plus')}`,
      `AtomNAS-${arch}: channels searched per kernel size`,
      'atomnas',
      atomnasOptions({ arch }),
      `${ATOMNAS_CLAIMS[arch]} top-1 on ImageNet`,
    ),
  ),
  ...[32, 16].map((stem) =>
    entry(
      stem === 32 ? 'atomnas-supernet' : `atomnas-supernet-stem${stem}`,
      `AtomNAS search network, stem of ${stem} channels`,
      'atomnas',
      atomnasOptions({ arch: 'supernet', stem }),
    ),
  ),
];

const PRESETS: Readonly<Record<CakesPreset, string | undefined>> = {
  '12D-C': '46.8 top-1 on Something-Something V1, 8 frames',
  '12D-P': undefined,
  '23D-C': undefined,
  '23D-P': '47.4 top-1 on Something-Something V1, 8 frames',
  '123D-C': undefined,
  '123D-P': '47.2 top-1 on Something-Something V1, 8 frames',
};

const videos = [
  ...(['3d', '2d', 'p3d'] as const).map((op) =>
    entry(`video-resnet50-${op}`, `I3D ResNet-50, ${op.toUpperCase()} convolutions`, 'cakes-video', { op }),
  ),
  ...(Object.keys(PRESETS) as CakesPreset[]).map((preset) =>
    entry(
      `cakes-${preset.toLowerCase()}`,
      `I3D ResNet-50 with the CAKES split ${preset}`,
      'cakes-video',
      cakesVideoOptions({ preset }),
      PRESETS[preset],
    ),
  ),
  ...(['1+2d', '2+3d', '1+2+3d'] as const).map((op) =>
    entry(`cakes-search-${op}`, `CAKES search network, ${op}`, 'cakes-video', { op, search: true }),
  ),
];

const volumes = (['3d', 'p3d', '1+2+3d', 'all'] as const).map((op) =>
  entry(`cakes-unet-${op}`, `Volumetric encoder-decoder, ${op} convolutions`, 'cakes-unet', { op }),
);

/** Every named network. */
export const MODELS: readonly ModelEntry[] = [
  ...resnets,
  ...resnexts,
  ...mixed,
  ...bnets,
  ...autonls,
  ...atomnases,
  ...videos,
  ...volumes,
  entry('mobilenet-v2', 'MobileNetV2', 'mobilenet-v2', {}),
  entry('efficientnet-lite0', 'EfficientNet-Lite0; public ImageNet weights fit', 'efficientnet-lite0', {}),
];

/** @throws UsageError naming the closest known names */
export function modelEntry(name: string): ModelEntry {
  const found = MODELS.find((candidate) => candidate.name === name);
  if (found !== undefined) return found;
  const start = name.split('-')[0]!;
  const close = MODELS.map((candidate) => candidate.name).filter((known) => known.startsWith(start));
  const hint = close.length > 0 ? `Close names: ${close.join(', ')}.` : 'Run: npx cuemix models';
  throw new UsageError(`Expected the name of a model but received ${name}. ${hint}`);
}
