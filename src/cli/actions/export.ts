/** `atel export`: chooses the source, the format and the destination. */
import type { Desk } from '../shared/answer.js';
import { readWindow, storeMoment, UsageError, type AskedWindow } from '../shared/options.js';
import { FORMATS, readFormat, withoutDash, type ExportOptions } from './export-options.js';
import { openOut, writePages } from './export-out.js';
import { eventConditions, exportTables, sources, type Row, type Source } from './export-sources.js';

/** Streams the rows of a table to stdout or to a file. */
export async function run(given: ExportOptions, desk: Desk): Promise<void> {
  const options = withoutDash(given);
  const window = readWindow({ ...options, json: true }, desk.now);
  const format = readFormat(options, FORMATS);
  const isNarrowed = eventConditions(options).length > 0;
  if (format !== 'otel' && options.endpoint !== undefined)
    throw new UsageError('--endpoint is for --format otel');
  if (format === 'otel' && options.table !== undefined)
    throw new UsageError(
      '--table is for rows: --format otel sends the traces of sessions and of your own tools',
    );
  if (isNarrowed && (format === 'otel' || options.table !== 'events'))
    throw new UsageError('--event, --tool and --task narrow events: add --table events');
  if (format === 'otel') {
    const { exportTraces } = await import('./export-otel.js');
    return exportTraces(options, window, desk, () => openOut(options.out));
  }
  const name = options.table ?? 'requests';
  const source = Object.hasOwn(sources, name) ? sources[name] : undefined;
  if (source === undefined) throw new UsageError(`--table takes ${exportTables.join(', ')}, not "${name}"`);

  if (format === 'parquet') {
    const { exportParquet } = await import('./export-parquet.js');
    return exportParquet(source.question, options, window, desk);
  }
  const { question } = source;
  const columns = () =>
    desk.asker.columns(question === undefined ? { table: 'telemetry_events' } : { question });
  await writePages(source.pages(desk.asker, window, options), columns, format, options, desk.print, {
    count: () => source.total?.(desk.asker, window, options) ?? Promise.resolve(null),
    shareAt: (last) => shareAt(last, source, window, desk.now),
  });
}

/** The position of a row in the requested window, 0 to 1; null if the row has no time. */
function shareAt(
  row: Row,
  { time, isNewestFirst = false }: Pick<Source, 'time' | 'isNewestFirst'>,
  { from, to }: AskedWindow,
  now: number,
): number | null {
  const at = typeof row[time] === 'string' ? storeMoment(row[time]).getTime() : NaN;
  const end = to?.getTime() ?? now;
  const share = (at - from.getTime()) / (end - from.getTime());
  return Number.isFinite(share) ? Math.min(1, Math.max(0, isNewestFirst ? 1 - share : share)) : null;
}
