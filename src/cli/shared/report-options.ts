/** The options of the reports by day, week and month. */
import type { Command } from '@commander-js/extra-typings';
import { addWindowOptions } from './options.js';

/** Adds the options of a report by period. */
export function addReportOptions(command: Command, since: string) {
  return addWindowOptions(command, since).option('--breakdown', 'also each model of each period');
}

export type ReportOptions = ReturnType<ReturnType<typeof addReportOptions>['opts']>;
