import type { ReportWriter } from '../styletransfer/dataset/finish.js';
import { datasetPage } from './page.js';
import { contactSheet } from './sheet.js';

/** Contact sheet and page of a dataset: give it to `generateCueConflict` and `mergeDatasets` as `report`. */
export const datasetReport: ReportWriter = async (data) => {
  const files = new Map<string, Uint8Array | string>([['report.html', datasetPage(data)]]);
  if (data.shown.length > 0) files.set('sheet.jpg', await contactSheet(data));
  return files;
};
