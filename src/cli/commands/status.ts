import type { Config } from '../../config.js';
import { createTinybirdClient } from '../../client.js';
import { homePaths } from '../../home.js';
import { loadHealth } from '../../hooks/health.js';
import { listFiles } from '../../spool/files.js';
import { Spool } from '../../spool/spool.js';
import { StoreError, plainText, type StoreErrorKind } from '../../store-error.js';

export interface StatusOptions {
  json?: boolean;
}

/** What `status` tells, as it is printed with `--json`. */
interface Status {
  store: {
    url: string;
    local: boolean;
    answers: boolean;
    problem: { kind: StoreErrorKind; message: string } | null;
  };
  recording: { enabled: boolean; privacy_tier: number; folder: string };
  waiting: { events: number; batches: number; bytes: number };
  refused: { rows: number; reasons: string[] };
  dropped_rows: number;
  unreadable_events: number;
  last_stored_at: string | null;
  delivery_problem: string | null;
  /** The always-on export of traces; null where none is set. */
  otel_export: {
    url: string;
    local: boolean;
    sent_spans: number;
    refused_spans: number;
    last_sent_at: string | null;
    waiting_traces: number;
    problem: string | null;
  } | null;
}

/** Tells where telemetry goes, what waits, and what is wrong. Returns whether all is well. */
export async function status(
  config: Config,
  options: StatusOptions,
  print: (line: string) => void,
): Promise<boolean> {
  const current = await readStatus(config);
  print(options.json === true ? JSON.stringify(current, null, 2) : describeStatus(current));
  return !isBroken(current) && current.delivery_problem === null && current.refused.rows === 0;
}

/** The embedded server stops when idle and starts with the next session: being down is no fault of it. */
function isAsleep({ store }: Status): boolean {
  return store.local && store.problem?.kind === 'network';
}

function isBroken(current: Status): boolean {
  return current.store.problem !== null && !isAsleep(current);
}

async function readStatus(config: Config): Promise<Status> {
  const paths = homePaths(config.home);
  const spool = new Spool(paths.spool);
  const [state, letters, health, inbox, problem] = await Promise.all([
    spool.state(),
    spool.deadLetters(),
    loadHealth(paths.health, config),
    listFiles(paths.inbox, '.json'),
    storeProblem(config),
  ]);
  return {
    store: { url: config.tinybird_url, local: config.local, answers: problem === null, problem },
    recording: { enabled: config.enabled, privacy_tier: config.privacy_tier, folder: paths.home },
    waiting: { events: inbox.length, batches: state.segments, bytes: state.bytes },
    refused: {
      rows: letters.length,
      reasons: [...new Set(letters.map(({ table, reason }) => plainText(`${table}: ${reason}`)))].slice(0, 5),
    },
    dropped_rows: state.dropped,
    unreadable_events: health.unreadable,
    last_stored_at: health.storedAt === null ? null : new Date(health.storedAt).toISOString(),
    delivery_problem: health.problem?.message ?? null,
    otel_export: await exportStatus(config),
  };
}

async function exportStatus({ home, otel_endpoint: endpoint }: Config): Promise<Status['otel_export']> {
  if (endpoint === null) return null;
  const [{ TraceFeed }, { tracesUrl }] = await Promise.all([
    import('../../exporters/feed.js'),
    import('../../exporters/otlp-http.js'),
  ]);
  const url = tracesUrl(endpoint);
  if (url === undefined) return null;
  const { sent, refused, sentAt, waiting, problem } = await new TraceFeed(homePaths(home).traces).status(url);
  return {
    url,
    local: ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname),
    sent_spans: sent,
    refused_spans: refused,
    last_sent_at: sentAt === null ? null : new Date(sentAt).toISOString(),
    waiting_traces: waiting,
    problem: problem?.message ?? null,
  };
}

/** Asks the store a question that needs the read token and the deployed catalogue. */
async function storeProblem(config: Config): Promise<Status['store']['problem']> {
  const client = createTinybirdClient({
    baseUrl: config.tinybird_url,
    token: { append: config.append_token, read: config.read_token },
    timeoutMs: 5_000,
  });
  try {
    await client.costByModel.query({ days: 1 });
    return null;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return { kind: error.kind, message: error.message };
  }
}

function describeStatus(current: Status): string {
  const { store, recording, waiting, refused } = current;
  const where = store.local ? 'this machine' : 'REMOTE: data leaves this machine';
  return [
    `Store       ${store.url} (${where})`,
    `            ${isAsleep(current) ? 'asleep: it starts with the next session, or by atel up --detach' : (store.problem?.message ?? 'answers')}`,
    `Recording   ${recording.enabled ? `on, privacy tier ${recording.privacy_tier} (counts and metadata)` : 'off'}`,
    `Folder      ${recording.folder}`,
    `Waiting     ${waiting.events} events, ${waiting.batches} batches (${waiting.bytes} bytes)`,
    `Refused     ${refused.rows} rows${refused.reasons.map((reason) => `\n            ${reason}`).join('')}`,
    ...(current.dropped_rows > 0 ? [`Dropped     ${current.dropped_rows} rows at the size cap`] : []),
    ...(current.unreadable_events > 0
      ? [`Unreadable  ${current.unreadable_events} events were no JSON`]
      : []),
    `Delivered   ${current.last_stored_at ?? 'nothing yet'}`,
    ...(current.delivery_problem === null ? [] : [`Problem     ${current.delivery_problem}`]),
    ...exportLines(current),
  ].join('\n');
}

function exportLines({ otel_export: traces }: Status): string[] {
  if (traces === null) return [];
  const { url, local, problem } = traces;
  const refused = traces.refused_spans > 0 ? `, ${traces.refused_spans} refused` : '';
  return [
    `Traces      ${url} (${local ? 'this machine' : 'REMOTE: data leaves this machine'})`,
    `            ${traces.sent_spans} spans sent${refused}, last ${traces.last_sent_at ?? 'never'}; ${traces.waiting_traces} traces wait`,
    ...(problem === null ? [] : [`            ${problem}`]),
  ];
}
