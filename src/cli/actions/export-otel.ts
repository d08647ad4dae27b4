/** Exports traces, to an OTLP endpoint or as lines of OTLP/JSON. */
import {
  OtlpError,
  readHeaders,
  sendSpans,
  tracesUrl,
  USUAL_PATIENCE,
  type OtlpTarget,
} from '../../traces/otlp-http.js';
import { traceRequest } from '../../traces/otlp-request.js';
import { emptyTally, passOn, type TakeSpans } from '../../traces/pass-on.js';
import type { Span } from '../../traces/span.js';
import { sessionTraces, workTraces, type TraceSource } from '../../traces/traces.js';
import { plural } from '../../base/format/counts.js';
import type { Desk } from '../shared/answer.js';
import type { Asker } from '../shared/asker.js';
import { CommandError } from '../shared/command-error.js';
import { UsageError, type AskedWindow } from '../shared/options.js';
import { spansMeasure, startProgress } from '../render/progress.js';
import { plain } from '../render/text.js';
import type { ExportOptions } from './export-options.js';
import type { Out } from './export-out.js';

/** The options of `atel export` that concern traces. */
type TraceOptions = Pick<ExportOptions, 'endpoint' | 'header' | 'out'>;

/** Where spans go: an OTLP backend, or lines of OTLP/JSON. */
interface Sink {
  take: TakeSpans;
  close: () => Promise<void>;
  /** Whether to show progress: not if the output itself goes to a terminal. */
  isWatched: boolean;
}

/**
 * Exports the traces of the requested window: those of the sessions and those of the user's own tools, all of them
 * complete. They go to an endpoint if one is given, else to stdout or a file as lines of OTLP/JSON.
 */
export async function exportTraces(
  options: TraceOptions,
  window: AskedWindow,
  { asker, print, now }: Desk,
  openOut: () => Promise<Out>,
): Promise<void> {
  const target = targetOf(options);
  const source = sourceOf(asker);
  // A store that is down is reported before a file is opened or anything is sent.
  const ofTools = await workTraces(source, window.from, window.to, window.project ?? undefined);
  const sink = target === undefined ? fileSink(await openOut()) : otlpSink(target);
  const progress = sink.isWatched ? startProgress('export', spansMeasure) : undefined;
  const where = target === undefined ? `written to ${options.out ?? 'stdout'}` : `sent to ${target.url}`;
  const tally = emptyTally();
  const end = (window.to ?? new Date(now)).getTime();
  const shareAt = (spans: readonly Span[]) => {
    // Sessions come newest first, so the start of the oldest spans shows the progress.
    const oldest = spans.reduce((first, { start }) => Math.min(first, start), end);
    return Math.min(1, Math.max(0, (end - oldest) / (end - window.from.getTime())));
  };
  try {
    await pass(ofTools, 0);
    for await (const { spans } of sessionTraces(source, window.params)) await pass(spans, shareAt(spans));
  } catch (error) {
    if (!(error instanceof OtlpError)) throw error;
    throw new CommandError(
      `${error.message} (sent before that: ${plural(tally.spans, 'span')}, which keep their ids if you export again)`,
      { cause: error },
    );
  } finally {
    progress?.end();
    await sink.close();
  }
  const said = `${plural(tally.spans, 'span')} of ${plural(tally.traces.size, 'trace')}`;
  if (target !== undefined || options.out !== undefined) print(`export: ${said} ${where}`);
  if (tally.refused > 0) {
    throw new CommandError(
      `${target?.url ?? ''} refused ${plural(tally.refused, 'span')}${tally.reason === '' ? '' : `: ${plain(tally.reason)}`}`,
    );
  }

  function pass(spans: readonly Span[], share: number): Promise<void> {
    // The total is estimated from the progress in time.
    const show = () => progress?.show({ done: tally.spans, total: share === 0 ? null : tally.spans / share });
    return passOn(spans, sink.take, tally, show);
  }
}

/** @throws {UsageError} */
function targetOf({ endpoint, header = [] }: TraceOptions): OtlpTarget | undefined {
  const headers = readHeaders(header.join(','));
  if (headers === undefined) throw new UsageError('--header takes name=value');
  if (endpoint === undefined) {
    if (header.length > 0) throw new UsageError('--header is for --endpoint');
    return undefined;
  }
  const url = tracesUrl(endpoint);
  if (url === undefined)
    throw new UsageError(`--endpoint takes an address such as http://localhost:4318, not "${endpoint}"`);
  return { url, headers };
}

function otlpSink(target: OtlpTarget): Sink {
  return {
    take: (spans) => sendSpans(target, spans, USUAL_PATIENCE),
    close: () => Promise.resolve(),
    isWatched: true,
  };
}

function fileSink(out: Out): Sink {
  return {
    take: async (spans) => {
      await out.write(`${JSON.stringify(traceRequest(spans))}\n`);
      return { sent: spans.length, refused: 0, reason: '' };
    },
    close: out.close,
    isWatched: out.isWatched,
  };
}

function sourceOf(asker: Asker): TraceSource {
  return {
    sessions: (params) => asker.ask('sessionList', params),
    spans: (params) => asker.ask('sessionSpans', params),
    events: (params) => asker.ask('emittedEvents', params),
  };
}
