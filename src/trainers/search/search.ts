import { join } from 'node:path';
import { UsageError } from '../../core/errors.js';
import { writeFileAtomic } from '../../io/files/atomic.js';
import { makeFolder } from '../../io/files/make-folder.js';
import type { Shape } from '../../models/layers/shape.js';
import type { ModelConfig } from '../../models/model.js';
import { countModel } from '../../models/registry.js';
import { loadCheckpoint } from '../checkpoint/load.js';
import { recorded } from '../logs/record.js';
import { chosen } from '../recipe/choice.js';
import { checkRecipe, type ParsedRecipe } from '../recipe/parse.js';
import type { TrainEvent } from '../run/events.js';
import { train } from '../run/train.js';
import { baselineArchitecture } from './baselines/baseline.js';
import { type SearchHook, searchHook } from './hook.js';
import { measureLatency } from './latency.js';
import type { SearchRecord } from './records.js';
import { type BaselineSearch, isBaseline, retrains } from './schema.js';
import { searchSubject } from './subject.js';

/** What a search found; `architecture.json` holds its `config`, `search.json` all of it. */
export interface SearchResult {
  readonly search: string;
  readonly config: ModelConfig;
  /** Of one sample: what costs are counted for. */
  readonly inputShape: Shape;
  readonly macs: number;
  readonly params: number;
  /** Milliseconds of one sample's forward pass on this machine; where that is the target. */
  readonly latency?: number;
  readonly target?: Readonly<Record<string, number>>;
  readonly records: readonly SearchRecord[];
}

/** An event of one of the two trainings, or what was found between them. */
export type SearchEvent =
  | { readonly phase: 'search' | 'train'; readonly event: TrainEvent }
  | { readonly phase: 'found'; readonly result: SearchResult };

export interface SearchOptions {
  /** Gets `search/` and, where the network is trained anew, `train/`: runs as `train` writes them. */
  readonly out: string;
  readonly signal?: AbortSignal;
}

/**
 * Searches by a recipe with a `search` section, writes what it found, and trains that from scratch where the method asks
 * for it. A run that is there goes on, in the middle of either training.
 * @throws UsageError for a recipe without `search`, or a network that the search does not fit
 */
export async function* search(
  parsed: ParsedRecipe,
  { out, signal }: SearchOptions,
): AsyncGenerator<SearchEvent, void, void> {
  const { search: choice, ...plain } = parsed.recipe;
  if (choice === undefined) throw new UsageError('Expected a recipe with a search section but it has none.');
  const { name, options } = chosen(choice);
  const { inputShape, model } = await searchSubject(parsed, signal);
  const stop = signal && { signal };
  const told = isBaseline(name)
    ? {
        config: await baselineArchitecture(name, options as BaselineSearch, model, {
          inputShape,
          seed: plain.seed,
          ...stop,
        }),
        records: [],
      }
    : yield* searched(parsed, { hook: searchHook(choice, inputShape), out: join(out, 'search'), ...stop });
  if (told === undefined) return;
  const { config, records } = told;
  await makeFolder(out);
  const { macs, params } = countModel(config, inputShape);
  const { target } = options as { target?: Record<string, number> };
  const latency = target?.latency === undefined ? undefined : await measureLatency(config, inputShape);
  const result = {
    ...{ search: name, config, inputShape, macs, params, records },
    ...(latency !== undefined && { latency }),
    ...(target && { target }),
  };
  await writeJson(join(out, 'search.json'), result);
  await writeJson(join(out, 'architecture.json'), config);
  yield { phase: 'found', result };
  if (!retrains({ name, options })) return;
  const found = await checkRecipe({ ...plain, model: { [config.family]: config.options } });
  const again = join(out, 'train');
  await makeFolder(again);
  for await (const event of recorded(train(found, { out: again, ...stop }), again))
    yield { phase: 'train', event };
}

interface Found {
  readonly config: ModelConfig;
  readonly records: readonly SearchRecord[];
}

/** Trains the search network and reads off what it stands for; nothing when it was stopped. */
async function* searched(
  { recipe, known }: ParsedRecipe,
  { hook, out, signal }: { readonly hook: SearchHook } & SearchOptions,
): AsyncGenerator<SearchEvent, Found | undefined, void> {
  const { search: _, ...plain } = recipe;
  await makeFolder(out);
  const training = train({ recipe: plain, known }, { out, hooks: [hook], ...(signal && { signal }) });
  for await (const event of recorded(training, out)) {
    yield { phase: 'search', event };
    if (event.type === 'end' && event.reason === 'stopped') return undefined;
  }
  const { model } = await loadCheckpoint(out, { which: 'last' });
  try {
    return { config: await hook.architecture(model), records: hook.records };
  } finally {
    model.dispose();
  }
}

const writeJson = (path: string, value: unknown): Promise<void> =>
  writeFileAtomic(path, `${JSON.stringify(value, undefined, 1)}\n`);
