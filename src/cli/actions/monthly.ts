/** `atel monthly`: tokens and cost by month. */
import { periodReport } from './period-report.js';

export const run = periodReport('monthly');
