/** `atel daily`: tokens and cost by day. */
import { periodReport } from './period-report.js';

export const run = periodReport('daily');
