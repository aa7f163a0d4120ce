/**
 * Architecture searches against what they have to beat, with several seeds; docs/experiments/search.md has the results.
 *
 * node scripts/experiments/search.mjs run --data DIR [--out runs/experiments-search] [--seeds 0,1,2] [--only atomnas] [--entries search]
 * node scripts/experiments/search.mjs report [--out runs/experiments-search]
 * node scripts/experiments/search.mjs steps [--out runs/experiments-search] [--search atomnas-search-0]
 */
import { fail } from '../support/run.mjs';

const VERBS = {
  run: () => import('./search/run.mjs'),
  report: () => import('./search/report.mjs'),
  steps: () => import('./search/steps.mjs'),
};

const [verb] = process.argv.splice(2, 1);
if (verb in VERBS) await VERBS[verb]();
else fail(new Error(`Expected one of ${Object.keys(VERBS).join(', ')} but received ${verb}.`));
