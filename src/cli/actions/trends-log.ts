/** `atel trends --file`: trends from a project's log. */
import { gather, widened, workEnds, workTrend } from '../../project-log/index.js';
import { windowJson } from '../shared/answer.js';
import { logHeading, logWindow, printLogAnswer, type LogDesk } from '../shared/log-desk.js';
import { UsageError } from '../shared/options.js';
import { hasWorkIn, PARTIAL, workSparkLines, workTrendLines } from '../views/work-lines.js';
import { readTrendWindow } from '../shared/trend-window.js';
import { readPeriod, REACH, trendTitle, type TrendsOptions } from './trends.js';

/** Shows how tasks and commands developed, from a project's log, with one row per period, including empty ones. */
export async function run(options: TrendsOptions, desk: LogDesk): Promise<void> {
  const period = readPeriod(options);
  // The periods of a log begin in UTC.
  const window = readTrendWindow({ timezone: 'UTC', ...options }, period, desk.now, REACH[period]);
  if (window.timezone !== 'UTC')
    throw new UsageError(
      '--timezone needs the store: the periods of a log begin in UTC (run it without --file)',
    );
  const exact = logWindow(window, options, desk.now);
  // A rolling window starts at the beginning of its first period, as in the store.
  const asked = window.params.days === undefined ? exact : widened(exact, period);
  const ends = workEnds(asked.from);
  const reading = await gather(desk.file, [ends]);
  const work = workTrend(ends.answer(), asked, period);
  await printLogAnswer(desk, options, { window: windowJson(window), period, work }, reading, () => {
    const { terminal } = desk;
    const head = [...logHeading(trendTitle(period), window, desk), ''];
    if (!hasWorkIn(work)) return [...head, 'No command or task ended in this period.'];
    return [
      ...head,
      ...workSparkLines(work, terminal),
      '',
      ...workTrendLines(work, terminal),
      ...(work.some(({ is_partial: partial }) => partial === 1) ? [terminal.paint.dim(PARTIAL)] : []),
    ];
  });
}
