import { join } from 'node:path';
import { fromFloat32, type NamedArray, writeFileAtomic } from '../../io/index.js';
import { writeSafetensors } from '../../io/tensors/safetensors.js';
import { evaluationPage, shapeBiasPlot } from '../../report/evaluation/index.js';
import type { Evaluated } from '../../trainers/evaluate/evaluate.js';
import { decisionsCsv } from '../../trainers/evaluate/tables/write.js';

/** Collects what `cuemix eval --out` writes. */
export interface EvaluationFiles {
  readonly onLogits?: (model: string, test: string, id: string, logits: Float32Array) => void;
  /** Writes everything and gives the paths. */
  write(evaluated: Evaluated): Promise<string[]>;
}

/** Files of an evaluation in `folder`; logits are kept only if asked for. */
export function evaluationFiles(folder: string, keepLogits: boolean): EvaluationFiles {
  const kept = new Map<string, { ids: string[]; rows: Float32Array[] }>();
  const onLogits: EvaluationFiles['onLogits'] = (model, test, id, logits) => {
    const key = fileName(`logits-${model}-${test}`);
    const found = kept.get(key) ?? { ids: [], rows: [] };
    kept.set(key, found);
    found.ids.push(id);
    found.rows.push(logits.slice());
  };
  return {
    ...(keepLogits && { onLogits }),
    async write({ evaluation, decisions }) {
      const files = new Map<string, string | Uint8Array>();
      files.set('report.html', evaluationPage(evaluation));
      files.set('results.json', `${JSON.stringify(evaluation, undefined, 2)}\n`);
      const plot = shapeBiasPlot(evaluation);
      if (plot !== undefined) files.set('shape-bias.svg', plot);
      for (const { model, test, rows } of decisions) {
        if (rows.length > 0) files.set(`${fileName(`decisions-${model}-${test}`)}.csv`, decisionsCsv(rows));
      }
      for (const [key, { ids, rows }] of kept) {
        const width = rows[0]?.length ?? 0;
        const values = new Float32Array(width * rows.length);
        for (const [at, row] of rows.entries()) values.set(row, at * width);
        const tensors = new Map<string, NamedArray>([['logits', fromFloat32(values, [rows.length, width])]]);
        files.set(`${key}.safetensors`, writeSafetensors(tensors, new Map([['ids', JSON.stringify(ids)]])));
      }
      for (const [name, content] of files) await writeFileAtomic(join(folder, name), content);
      return [...files.keys()].map((name) => join(folder, name));
    },
  };
}

/** A name that is one file in every system. */
function fileName(text: string): string {
  return text.replace(/[^\p{L}\p{N}._-]+/gu, '-').slice(0, 120);
}
