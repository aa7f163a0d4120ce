import { UsageError } from '../../core/errors.js';
import type { Shape } from '../../models/layers/shape.js';
import type { ModelConfig } from '../../models/model.js';
import type { ParsedRecipe } from '../recipe/parse.js';
import { modelConfig, objectiveOf, openData, trainingStream } from '../run/setup.js';

/** What is searched: the recipe's network, and the shape of one training sample, for which costs count. */
export interface SearchSubject {
  readonly model: ModelConfig;
  /** `[...space, channels]`. */
  readonly inputShape: Shape;
}

/** Reads one batch to see the shape of the samples. @throws UsageError for data without images */
export async function searchSubject(parsed: ParsedRecipe, signal?: AbortSignal): Promise<SearchSubject> {
  const data = await openData(parsed, signal);
  try {
    const model = modelConfig(parsed.recipe, objectiveOf(parsed, data.classes));
    const start = { epoch: 0, offset: 0 };
    for await (const { rasters } of trainingStream(parsed, data.train, start, {
      ...(signal && { signal }),
    })) {
      if (rasters.image !== undefined) return { model, inputShape: rasters.image.shape.slice(1) };
    }
    throw new UsageError('Expected training data with images to search with but it has none.');
  } finally {
    await data.close();
  }
}
