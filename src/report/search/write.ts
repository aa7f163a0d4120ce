import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { writeFileAtomic } from '../../io/files/atomic.js';
import { readLog } from '../../trainers/logs/record.js';
import type { SearchResult } from '../../trainers/search/search.js';
import { chartLibrary } from '../training/write.js';
import { searchPage } from './page.js';

/** Writes `report.html` of a search from its `search.json` and the log of its training. */
export async function writeSearchReport(out: string): Promise<void> {
  const result = JSON.parse(await readFile(join(out, 'search.json'), 'utf8')) as SearchResult;
  const page = searchPage({
    name: basename(resolve(out)),
    result,
    lines: await readLog(join(out, 'search')),
    trained: await readLog(join(out, 'train')),
    library: await chartLibrary(),
  });
  await writeFileAtomic(join(out, 'report.html'), page, { fsync: false });
}
