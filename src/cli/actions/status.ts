/** `atel status`: where telemetry goes, what is waiting, and what is wrong. */
import { existsSync } from 'node:fs';
import type * as z from 'zod/mini';
import { configuredClient } from '../../store/client.js';
import { processSources, type Config } from '../../base/config.js';
import { keptLogs } from '../../project-log/kept-logs.js';
import { lostTraces } from '../../drain/lost.js';
import { grouped, plural } from '../../base/format/counts.js';
import { homePaths } from '../../base/home.js';
import { folderProblem } from '../../drain/folder-probe.js';
import { loadHealth, withLost } from '../../drain/health.js';
import { LeftOut } from '../../drain/left-out.js';
import { isServing } from '../../drain/server.js';
import { START_LIMIT_MS, startingServer } from '../../drain/starting.js';
import { allDamage, countWaiting } from '../../drain/waiting.js';
import { ownerOf } from '../../local/lock.js';
import { Spool } from '../../spool/spool.js';
import { StoreError, withoutControls } from '../../store/store-error.js';
import { captureLines, captureStatus } from '../install/capture-status.js';
import { terminalOf, type Terminal } from '../render/terminal.js';
import { fit, whole, wrap } from '../render/text.js';
import type { statusSchema } from '../../schemas.js';
import { unreadHere, unreadWords } from '../shared/history.js';
import { auditSums } from '../views/audit-sums.js';
import { servedBy } from '../shared/served.js';
import type { status } from '../commands/status.js';
import type { OptionsOf, Outside } from '../shared/command.js';
import { guardOutput } from '../shared/guard-output.js';

/** The data of `status`, as printed with `--json`. */
type Status = z.infer<typeof statusSchema>;

/** Shows where telemetry goes, what is waiting, and what is wrong. Exit code 1 if something is. */
export async function run(
  options: OptionsOf<typeof status.flags>,
  { config, print, complain }: Outside,
): Promise<void> {
  guardOutput(complain);
  const current = await readStatus(config());
  if (options.json === true) print(JSON.stringify(current, null, 2));
  else for (const line of describeStatus(current, terminalOf())) print(line);
  const isWhole = current.refused.rows === 0 && current.damaged.rows === 0 && !isLosing(current);
  const isWell = !isBroken(current) && current.delivery_problem === null && isWhole;
  if (!isWell) process.exitCode = 1;
}

type StoreState = 'answers' | 'asleep' | 'starting' | 'silent' | 'troubled';

/** The embedded server stops when idle and starts with the next session, so a stopped server is not a problem. */
function stateOf({ store }: Status, now = Date.now()): StoreState {
  if (store.problem === null) return 'answers';
  const isSilent = store.problem.kind === 'network' || store.problem.kind === 'timeout';
  if (!store.local || !isSilent) return 'troubled';
  if (store.process === null) return store.problem.kind === 'network' ? 'asleep' : 'troubled';
  return now - Date.parse(store.process.since) < START_LIMIT_MS ? 'starting' : 'silent';
}

function isBroken(current: Status): boolean {
  return !['answers', 'asleep', 'starting'].includes(stateOf(current));
}

/** A loss counts as a problem for a day; the number of lost events stays. */
const LOSS_MATTERS_MS = 24 * 3600_000;

/** Whether events cannot be written now, or were lost recently. */
function isLosing({ folder_problem: problem, last_lost_at: lostAt }: Status): boolean {
  return problem !== null || (lostAt !== null && Date.now() - Date.parse(lostAt) < LOSS_MATTERS_MS);
}

async function readStatus(config: Config): Promise<Status> {
  const paths = homePaths(config.home);
  const spool = new Spool(paths.spool);
  const [state, letters, damage, leftOut, known, problem, logs, { dashboard, api }, folder] =
    await Promise.all([
      countWaiting(paths),
      spool.deadLetters(),
      allDamage(paths),
      new LeftOut(paths.leftOut).count(),
      loadHealth(paths.health, config),
      storeProblem(config),
      keptLogs(paths.logs),
      servedBy(config),
      folderProblem(paths),
    ]);
  const owner = config.local ? (ownerOf(paths.store) ?? startingServer(paths)) : undefined;
  // Lost events that no drain has counted yet.
  const lost = lostTraces(paths).reduce((sum, { events }) => sum + events, 0);
  const health = withLost(known, lost, Date.now());
  return {
    store: {
      url: config.tinybird_url,
      local: config.local,
      answers: problem === null,
      problem,
      process: owner === undefined ? null : { pid: owner.pid, since: owner.since.toISOString() },
    },
    dashboard,
    api,
    recording: { enabled: config.enabled, privacy_tier: config.privacy_tier, folder: paths.home },
    waiting: { events: state.events, batches: state.segments, bytes: state.bytes },
    refused: {
      rows: state.deadLetters,
      reasons: [...new Set(letters.map(({ table, reason }) => withoutControls(`${table}: ${reason}`)))].slice(
        0,
        5,
      ),
    },
    refused_tables: Object.entries(health.tables).map(([table, { problem }]) => ({
      table,
      problem: problem.message,
      since: new Date(problem.since).toISOString(),
    })),
    dropped_rows: state.dropped,
    damaged: {
      rows: damage.all.reduce((sum, { rows }) => sum + rows, 0),
      reasons: damage.all.map(({ segment, reason }) => withoutControls(`${segment}: ${reason}`)).slice(0, 5),
    },
    left_out_lines: leftOut,
    redacted: state.redacted,
    // A payload that is kept aside is counted as damaged. When it is deleted after 7 days, it is still counted here.
    unreadable_events: Math.max(0, health.unreadable - damage.payloads),
    lost_events: health.lost,
    last_lost_at: health.lostAt === null ? null : new Date(health.lostAt).toISOString(),
    folder_problem: folder === null ? null : withoutControls(folder),
    last_stored_at: health.storedAt === null ? null : new Date(health.storedAt).toISOString(),
    delivery_problem: health.problem?.message ?? null,
    costs: problem === null ? await comparedCosts(config) : null,
    unread_history: unreadHere(config),
    project_logs: logs.map(({ file, at, removed, problem }) => ({
      file,
      pruned_at: at === null ? null : new Date(at).toISOString(),
      removed,
      problem: problem === null ? null : withoutControls(problem),
    })),
    otel_export: await exportStatus(config),
    capture: await captureStatus(
      problem === null ? configuredClient(config, { timeoutMs: 5_000 }).coverage.query : undefined,
      processSources().homeDir,
    ),
  };
}

/** Compares the costs of the last 7 days with the client's own totals; null if the store gives no answer in time. */
async function comparedCosts(config: Config): Promise<Status['costs']> {
  const client = configuredClient(config, { timeoutMs: QUESTION_LIMIT_MS });
  try {
    return auditSums(await client.costAudit.query({ days: 7 }));
  } catch (error) {
    if (error instanceof StoreError) return null;
    throw error;
  }
}

async function exportStatus({ home, otel_endpoint: endpoint }: Config): Promise<Status['otel_export']> {
  if (endpoint === null) return null;
  const [{ TraceFeed }, { tracesUrl }] = await Promise.all([
    import('../../traces/feed.js'),
    import('../../traces/otlp-http.js'),
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

/** Time limit for the question of `atel status`, milliseconds. */
const QUESTION_LIMIT_MS = 5_000;

const BUSY = `busy: it answers, but a question took more than ${QUESTION_LIMIT_MS / 1000} s, probably because of other queries`;

/** Asks the store a question that needs the read token and the deployed catalogue. */
async function storeProblem(config: Config): Promise<Status['store']['problem']> {
  const client = configuredClient(config, {
    timeoutMs: QUESTION_LIMIT_MS,
  });
  try {
    await client.costByModel.query({ days: 1 });
    return null;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    if (error.kind === 'timeout' && config.local && (await isServing(config.tinybird_url)))
      return { kind: 'rate_limited', message: BUSY };
    return { kind: error.kind, message: error.message };
  }
}

/** Width of the column of names. */
const COLUMN = 12;

type Fact = [name: string, fact: string, colour?: ((text: string) => string) | undefined];

function describeStatus(current: Status, { paint, width }: Terminal): string[] {
  const {
    store,
    recording,
    waiting,
    refused,
    dropped_rows: dropped,
    unreadable_events: unreadable,
    damaged,
    left_out_lines: leftOut,
  } = current;
  const captured = captureLines(current.capture);
  const batches = plural(waiting.batches, 'batch', 'batches');
  const facts: Fact[] = [
    ['Store', `${store.url} (${whereabouts(store.local)})`, store.local ? undefined : paint.yellow],
    storeFact(current, paint),
    // Both are served together with the embedded store.
    ['Dashboard', servedText(current.dashboard, store.local)],
    ['API', servedText(current.api, store.local)],
    [
      'Recording',
      recording.enabled ? `on, privacy tier ${recording.privacy_tier} (counts and metadata)` : 'off',
    ],
    ...captured.hooks.map((line): Fact => ['Hooks', line, paint.yellow]),
    ...captured.otel.map((line, index): Fact => [index === 0 ? 'OTel' : '', line]),
    ['Folder', recording.folder],
    ['', existsSync(recording.folder) ? '' : 'not there yet: run atel init', paint.yellow],
    ['', current.folder_problem ?? '', paint.red],
    ['Waiting', `${plural(waiting.events, 'event')}, ${batches} (${plural(waiting.bytes, 'byte')})`],
    ['Refused', plural(refused.rows, 'row'), refused.rows > 0 ? paint.red : undefined],
    // The reason for a quarantine can fill a screen; --json shows all of it.
    ...refused.reasons.map((reason): Fact => ['', fit(reason, 2 * (width - COLUMN))]),
    ['Damaged', damaged.rows === 0 ? '' : `${plural(damaged.rows, 'row')} on disk`, paint.red],
    ...damaged.reasons.map((reason): Fact => ['', reason]),
    [
      'Left out',
      leftOut === 0
        ? ''
        : `${plural(leftOut, 'line')} of transcripts, damaged or without an id, a time or numbers`,
      paint.yellow,
    ],
    ['Dropped', dropped === 0 ? '' : `${plural(dropped, 'row')} at the size cap`, paint.red],
    ['Redacted', redactedText(current.redacted)],
    [
      'Unreadable',
      unreadable === 0 ? '' : `${plural(unreadable, 'event that was', 'events that were')} not JSON`,
      paint.red,
    ],
    [
      'Lost',
      current.lost_events === 0
        ? ''
        : `${plural(current.lost_events, 'event')} that could not be written, last at ${current.last_lost_at ?? 'an unknown time'}`,
      paint.red,
    ],
    ['Delivered', current.last_stored_at ?? 'nothing yet'],
    [
      'History',
      current.unread_history === null
        ? ''
        : `${unreadWords(current.unread_history)}: atel backfill reads them`,
      paint.yellow,
    ],
    ['Costs', costsText(current)],
    ...problemFacts(current, paint),
    ...current.project_logs.flatMap(({ file, pruned_at, removed, problem }, index): Fact[] => [
      [index === 0 ? 'Pruned' : '', withoutControls(file)],
      problem === null
        ? ['', pruned_at === null ? 'not yet' : `${pruned_at}, ${plural(removed, 'event')} removed`]
        : ['', `failed: ${problem}`, paint.red],
    ]),
    ...exportFacts(current, paint),
  ];
  return facts
    .filter(([, fact]) => fact !== '')
    .flatMap(([name, fact, colour = String]) =>
      wrap(fact, width - COLUMN, '', whole).map(
        (line, index) => paint.dim((index === 0 ? name : '').padEnd(COLUMN)) + colour(line),
      ),
    );
}

/** How many sessions agree with the client's own totals; empty if none can be compared. */
function costsText({ costs }: Status): string {
  if (costs === null || costs.compared === 0) return '';
  return `${grouped(costs.equal)} of ${plural(costs.compared, 'session')} of 7 days agree with the client's own total (atel audit)`;
}

/** What prevents rows from being delivered: the store as a whole, or single tables. */
function problemFacts(
  { delivery_problem: problem, refused_tables: tables }: Status,
  paint: Terminal['paint'],
): Fact[] {
  const lines = tables.map(({ table, problem: reason }) => `${table}: ${reason}`);
  if (problem !== null && !lines.includes(problem)) lines.unshift(problem);
  return lines.map((line, index): Fact => [index === 0 ? 'Problem' : '', line, paint.red]);
}

/** How many secrets were redacted, the most frequent kind first; empty if none. */
function redactedText(redacted: Status['redacted']): string {
  const kinds = Object.entries(redacted).sort(([a, x], [b, y]) => y - x || a.localeCompare(b));
  if (kinds.length === 0) return '';
  const total = kinds.reduce((sum, [, count]) => sum + count, 0);
  const counts = kinds.map(([kind, count]) => `${grouped(count)} ${kind}`).join(', ');
  return `${plural(total, 'secret')} before anything was stored: ${counts}`;
}

/** The state of the store. */
function storeFact(current: Status, paint: Terminal['paint']): Fact {
  const { problem, process } = current.store;
  switch (stateOf(current)) {
    case 'answers':
      return ['', 'answers', paint.green];
    case 'asleep':
      return ['', 'asleep: it starts with the next session, or by atel up --detach'];
    case 'starting':
      return ['', `starting (process ${process?.pid ?? ''})`, paint.yellow];
    case 'silent':
      return [
        '',
        `not answering: process ${process?.pid ?? ''} serves it since ${process?.since ?? ''} (atel down stops it)`,
        paint.red,
      ];
    case 'troubled':
      return ['', problem?.message ?? '', paint.red];
  }
}

/** The facts about the always-on export. */
function exportFacts({ otel_export: traces }: Status, paint: Terminal['paint']): Fact[] {
  if (traces === null) return [];
  const { url, local, problem, waiting_traces: waiting } = traces;
  const refused = traces.refused_spans > 0 ? `, ${grouped(traces.refused_spans)} refused` : '';
  const sent = `${plural(traces.sent_spans, 'span')} sent${refused}, last ${traces.last_sent_at ?? 'never'}`;
  return [
    ['Traces', `${url} (${whereabouts(local)})`, local ? undefined : paint.yellow],
    ['', `${sent}; ${waiting === 1 ? '1 trace waits' : `${plural(waiting, 'trace')} wait`}`],
    ['', problem ?? '', paint.red],
  ];
}

function servedText({ url, answers }: Status['api'], isEmbedded: boolean): string {
  return answers ? url : `${url} (not served: ${isEmbedded ? 'atel up --detach' : 'atel up'})`;
}

function whereabouts(local: boolean): string {
  return local ? 'this machine' : 'REMOTE: data leaves this machine';
}
