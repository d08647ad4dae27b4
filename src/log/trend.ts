import type { InferOutputRow } from '@tinybirdco/sdk';
import type { workTrend as trendPipe } from '../pipes/work-trend.js';
import type { Gatherer, LogWindow } from './gather.js';
import { nextPeriod, periodStart, type Period } from './periods.js';
import { ratio, Tally } from './tally.js';

/**
 * What the pipe work_trend answers, from a log, in UTC: one row for every period of the window, also an empty one.
 *
 * @param widened the window goes back to the beginning of its first period, as a rolling one does
 */
export function workTrend(
  window: LogWindow,
  period: Period,
  widened: boolean,
): Gatherer<InferOutputRow<typeof trendPipe>[]> {
  const end = window.to ?? window.now;
  const from = widened ? periodStart(window.from, period) : window.from;
  const tallies = new Map<number, Tally>();
  for (let start = periodStart(from, period); start < end; start = nextPeriod(start, period))
    tallies.set(start, new Tally());
  return {
    add(event) {
      if (event.at >= from && event.at < end) tallies.get(periodStart(event.at, period))?.add(event);
    },
    answer() {
      const rows = [...tallies].map(([start, tally]) => {
        const { command_successes, ...figures } = tally.figures();
        const at = new Date(start).toISOString().replace('T', ' ');
        return {
          period_start: at.slice(0, period === 'hourly' ? 16 : 10),
          starts_at: at.slice(0, 19),
          is_partial: Number(start < from || nextPeriod(start, period) > end),
          ...figures,
        };
      });
      const largest = Math.max(0, ...rows.map(({ tasks_completed: tasks }) => tasks));
      return rows.map((row) => ({ ...row, tasks_share_of_largest: ratio(row.tasks_completed, largest) }));
    },
  };
}
