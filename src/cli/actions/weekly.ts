/** `atel weekly`: tokens and cost by week. */
import { periodReport } from './period-report.js';

export const run = periodReport('weekly');
