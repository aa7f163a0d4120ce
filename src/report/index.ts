export { batchSheet } from './batch-sheet.js';
export { datasetReport } from './dataset-report.js';
export * from './evaluation/index.js';
export { datasetPage } from './page.js';
export { type CostPlotOptions, type CostSeries, costPlot } from './search/cost-plot.js';
export { contactSheet, SHEET_OUTPUTS } from './sheet.js';
export * from './volumes/index.js';
