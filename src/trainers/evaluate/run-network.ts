import { UsageError } from '../../core/errors.js';
import { corrupt } from '../../transforms/corruptions/corrupt.js';
import { attackOf, describeAttack } from './attacks/attack.js';
import { classifyAttacked } from './attacks/run.js';
import type { ClassLink, Outcome } from './classification/outcome.js';
import { classificationScores } from './classification/scores.js';
import { answersOf, corruptOnTheFly, measureFolders } from './corruptions/measure.js';
import { type Answer, corruptionScores } from './corruptions/scores.js';
import { CORRUPTIONS } from './data/corrupted.js';
import { linkCategories, linkClasses, outputNames } from './imagenet/link.js';
import { IMAGENET_WNIDS } from './imagenet/wnids.js';
import { classify, decideCues, type RefusedPicture } from './network/classify.js';
import type { Network } from './network/network.js';
import type { PredictOptions } from './network/predict.js';
import { asTheyAre, describePreprocessing, type Preprocessing } from './network/preprocessing.js';
import { openRestyling } from './network/restyle.js';
import type { EvaluateOptions, TestName } from './options.js';
import type { DecisionRecord, EvaluationTest } from './result.js';
import { type LabelledSet, limited, type OpenSet } from './sets.js';
import { shapeBias } from './shape-bias/score.js';

const SEVERITIES = [1, 2, 3, 4, 5];
const SHOWN = 100;

/** A test's result with the decisions behind it. */
export interface RanTest {
  readonly test: EvaluationTest;
  readonly decisions?: DecisionRecord['rows'];
}

/** What came before, which later tests need. */
interface Context {
  readonly network: Network;
  readonly options: EvaluateOptions;
  readonly route: 'main' | 'aux';
  clean?: readonly Answer[];
}

/** Runs every test of one network through one route, one after the other. */
export async function* runNetwork(
  network: Network,
  sets: readonly OpenSet[],
  options: EvaluateOptions,
  route: 'main' | 'aux',
): AsyncGenerator<RanTest, void, void> {
  const context: Context = { network, options, route };
  // Clean pictures first: the relative corruption error needs their answers.
  for (const set of [...sets].sort((a, b) => rank(a) - rank(b))) {
    if (set.kind === 'cue-conflict') yield cues(context, set);
    else if (set.kind === 'imagenet-c') yield corruptedFolders(context, set);
    else if (set.kind === 'classes')
      for (const test of options.tests ?? ['clean']) yield labelled(context, set, test);
    else yield labelled(context, set, set.kind);
  }
}

function rank({ kind }: OpenSet): number {
  return ['classes', 'imagenet-a', 'stylized', 'imagenet-c', 'cue-conflict'].indexOf(kind);
}

const named = (name: string, { route }: Context): string => (route === 'aux' ? `${name} (aux)` : name);

function pictures(
  { network, options, route }: Context,
  test: string,
  preprocessing: Preprocessing,
  total: number,
): PredictOptions {
  const { batch, workers, seed, signal, onProgress } = options;
  return {
    transforms: preprocessing.transforms,
    route,
    batch,
    workers,
    seed,
    signal,
    onProgress: (done) => onProgress?.({ model: network.name, test, done, total }),
  };
}

async function cues(context: Context, { path, data }: OpenSet & { kind: 'cue-conflict' }): Promise<RanTest> {
  const { network, options } = context;
  const name = named('cue-conflict', context);
  const categories = linkCategories(network, data.categories);
  const preprocessing = asTheyAre(network.preprocessing);
  const told = pictures(context, name, preprocessing, data.dataset.length);
  const onLogits =
    options.onLogits &&
    ((id: string, logits: Float32Array) => options.onLogits?.(network.name, name, id, logits));
  const { decisions, refused } = await decideCues(network, data, categories, { ...told, onLogits });
  const protocol =
    `Shape bias of Geirhos et al. 2019: the category with the highest mean probability over its classes, of ${categories.size}; ` +
    `pictures whose shape and texture agree left out; shape / (shape + texture) decisions, pooled. Pictures: ${describePreprocessing(preprocessing)}.`;
  const test: EvaluationTest = {
    kind: 'shape-bias',
    name,
    data: path,
    protocol,
    refused: listed(refused),
    scores: shapeBias(decisions, options),
    missing: refused.length,
    foreign: 0,
    unanswered: 0,
    odd: [],
  };
  return { test, decisions };
}

async function labelled(context: Context, set: LabelledSet, test: TestName | 'imagenet-a'): Promise<RanTest> {
  const { network, options } = context;
  const name = named(test, context);
  const { dataset, path } = set;
  const classes =
    set.classes ?? outputNames(network) ?? Array.from({ length: network.classes }, (_, at) => String(at));
  const link = linkClasses(network, classes, options.restrict === true || test === 'imagenet-a');
  // Stylized and corrupted sets are the network's input already; on-the-fly tests start from the whole picture.
  const preprocessing = set.kind === 'stylized' ? asTheyAre(network.preprocessing) : network.preprocessing;
  const told = pictures(context, name, preprocessing, dataset.length);
  const among = link.restrict
    ? `among the ${classes.length} classes of the data`
    : `among all ${network.classes} classes`;
  const start = `Most probable ${among}. Pictures: ${describePreprocessing(preprocessing)}.`;
  if (test === 'corruptions') return onTheFly(context, set, link, told, start);
  const finish = (
    { outcomes, refused }: { outcomes: readonly Outcome[]; refused: readonly RefusedPicture[] },
    protocol: string,
  ): RanTest => ({
    test: {
      kind: 'classification',
      name,
      data: path,
      protocol,
      refused: listed(refused),
      classes,
      scores: classificationScores(outcomes, classes, options),
    },
    decisions: outcomes.map(({ id, label, predicted }) => ({
      observer: network.name,
      id,
      label: classes[label]!,
      decision: classes[predicted] ?? 'other',
    })),
  });
  if (test === 'fgsm' || test === 'pgd') {
    const attack = attackOf({
      ...(test === 'fgsm'
        ? { epsilon: options.attack?.epsilon, loss: options.attack?.loss }
        : options.attack),
      method: test,
    });
    return finish(
      await classifyAttacked(network, dataset, link, attack, told),
      `${describeAttack(attack)} ${start}`,
    );
  }
  if (test === 'stylized' && set.kind !== 'stylized') {
    if (options.restyle === undefined)
      throw new UsageError(
        'The test "stylized" needs styles: give their folder by --styles, or a stylized set by --stylized.',
      );
    const { seed, workers, signal } = options;
    const restyling = await openRestyling({ ...options.restyle, seed, workers, signal });
    try {
      return finish(
        await classify(network, dataset, link, { ...told, perturb: restyling.perturb }),
        `${restyling.protocol} ${start}`,
      );
    } finally {
      restyling.dispose();
    }
  }
  const onLogits =
    options.onLogits &&
    ((id: string, logits: Float32Array) => options.onLogits?.(network.name, name, id, logits));
  const found = await classify(network, dataset, link, { ...told, onLogits });
  if (test === 'clean') context.clean = answersOf(found.outcomes);
  const note =
    test === 'imagenet-a' ? 'ImageNet-A (arXiv 1907.07174): the logits of its 200 classes alone. ' : '';
  return finish(found, note + start);
}

async function onTheFly(
  context: Context,
  { dataset, path }: LabelledSet,
  link: ClassLink,
  told: PredictOptions,
  start: string,
): Promise<RanTest> {
  const { network, options } = context;
  const name = named('corruptions', context);
  const choices = (options.corruptions ?? CORRUPTIONS).flatMap((corruption) =>
    (options.severities ?? SEVERITIES).map((severity) => ({ corruption, severity })),
  );
  for (const choice of choices) corrupt.build({ name: choice.corruption, severity: choice.severity }); // refuses unknown ones now
  const total = choices.length * dataset.length;
  const onProgress = (done: number) => options.onProgress?.({ model: network.name, test: name, done, total });
  context.clean ??= answersOf(
    (await classify(network, dataset, link, { ...told, onProgress: undefined })).outcomes,
  );
  const { cells, refused } = await corruptOnTheFly(network, dataset, link, choices, { ...told, onProgress });
  const protocol = `Corruptions of ImageNet-C (arXiv 1903.12261) made on the fly after resizing and cropping, without JPEG in between. ${start}`;
  return { test: corruptionTest(context, name, path, protocol, cells, refused) };
}

async function corruptedFolders(
  context: Context,
  { path, folders }: OpenSet & { kind: 'imagenet-c' },
): Promise<RanTest> {
  const { network, options } = context;
  const name = named('imagenet-c', context);
  const wanted = folders.filter(
    ({ corruption, severity }) =>
      (options.corruptions?.includes(corruption) ?? true) && (options.severities?.includes(severity) ?? true),
  );
  if (wanted.length === 0)
    throw new UsageError(
      `Expected some of the chosen corruptions and severities in ${path} but it has none.`,
    );
  const preprocessing = asTheyAre(network.preprocessing);
  const told = pictures(context, name, preprocessing, 0);
  const onProgress = (done: number, total: number) =>
    options.onProgress?.({ model: network.name, test: name, done, total });
  const limit = (dataset: LabelledSet['dataset']) => limited(dataset, options.limit);
  const { cells, refused } = await measureFolders(network, wanted, { ...told, limit }, onProgress);
  const protocol = `ImageNet-C (arXiv 1903.12261) from files. Most probable among all ${network.classes} classes. Pictures: ${describePreprocessing(preprocessing)}.`;
  return { test: corruptionTest(context, name, path, protocol, cells, refused) };
}

function corruptionTest(
  { network, options, clean }: Context,
  name: string,
  data: string,
  protocol: string,
  cells: Parameters<typeof corruptionScores>[0],
  refused: readonly RefusedPicture[],
): EvaluationTest {
  return {
    kind: 'corruptions',
    name,
    data,
    protocol,
    refused: listed(refused),
    scores: corruptionScores(cells, clean, options),
    comparable: network.classes === IMAGENET_WNIDS.length,
  };
}

/** How many, and the first. */
function listed(refused: readonly RefusedPicture[]): EvaluationTest['refused'] {
  return { count: refused.length, first: refused.slice(0, SHOWN) };
}
