/** Reads the data of `atel status` and `atel doctor`. */
import { existsSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { clientVersion } from '../../backfill/client-version.js';
import { processSources, type Config } from '../../base/config.js';
import { isLoopbackName } from '../../base/loopback/guard.js';
import { homePaths, type HomePaths } from '../../base/home.js';
import { countNewer } from '../../drain/emitted.js';
import { folderProblem } from '../../drain/folder-probe.js';
import { loadHealth, withLost } from '../../drain/health.js';
import { LeftOut } from '../../drain/left-out.js';
import { lastFailures } from '../../drain/log.js';
import { lostTraces } from '../../drain/lost.js';
import { storeOfOtherUser } from '../../drain/other-user.js';
import { isServing } from '../../drain/server.js';
import { startingServer } from '../../drain/starting.js';
import { allDamage, countWaiting } from '../../drain/waiting.js';
import { ownerOf } from '../../local/lock.js';
import { keptLogs } from '../../project-log/kept-logs.js';
import { isQuarantined } from '../../spool/deliver.js';
import { Spool } from '../../spool/spool.js';
import { configuredClient } from '../../store/client.js';
import { StoreError, withoutControls } from '../../store/store-error.js';
import { captureStatus } from '../install/capture-status.js';
import { historyHere } from '../shared/history.js';
import { servedBy } from '../shared/served.js';
import { auditSums } from '../views/audit-sums.js';
import type { Status } from './state.js';

/** Looks at everything on this machine that recording and delivery depend on, and asks the store. */
export async function readStatus(config: Config): Promise<Status> {
  const paths = homePaths(config.home);
  const spool = new Spool(paths.spool);
  const [state, letters, damage, leftOut, known, problem, logs, { dashboard, api, collector }, folder] =
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
  const { unread, oldestUnreadAt, newest } = historyHere(config);
  const owner = config.local ? (ownerOf(paths.store) ?? startingServer(paths)) : undefined;
  const { retention, ...capture } = await captureStatus(
    problem === null ? configuredClient(config, { timeoutMs: QUESTION_LIMIT_MS }).coverage.query : undefined,
    processSources().homeDir,
  );
  const [costs, layers] =
    problem === null ? await Promise.all([comparedCosts(config), newestLayers(config)]) : [null, null];
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
    collector,
    recording: { enabled: config.enabled, privacy_tier: config.privacy_tier, folder: paths.home },
    retention: { days: config.retention_days, contents_days: config.contents_days },
    waiting: { events: state.events, batches: state.segments, bytes: state.bytes },
    refused: {
      rows: state.deadLetters,
      quarantined_rows: letters
        .filter(({ reason }) => isQuarantined(reason))
        .reduce((sum, { rows }) => sum + rows, 0),
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
    newer_events: await countNewer(paths.emitted),
    unreadable_events: Math.max(0, health.unreadable - damage.payloads),
    lost_events: health.lost,
    last_lost_at: health.lostAt === null ? null : new Date(health.lostAt).toISOString(),
    folder_problem: folder === null ? null : withoutControls(folder),
    program_problem: programProblem(paths),
    last_stored_at: health.storedAt === null ? null : new Date(health.storedAt).toISOString(),
    delivery_problem: health.problem?.message ?? null,
    last_failures: lastFailures(paths),
    costs,
    unread_history: unread,
    transcripts: {
      kept_days: retention.days,
      set_in: retention.file,
      first_deletion_at:
        oldestUnreadAt === null
          ? null
          : new Date(Math.floor(oldestUnreadAt + retention.days * DAY_MS)).toISOString(),
    },
    client:
      newest === null
        ? null
        : {
            version: clientVersion(newest.path),
            seen_at: new Date(Math.floor(newest.writtenAt)).toISOString(),
          },
    layers,
    project_logs: logs.map(({ file, at, removed, problem }) => ({
      file,
      pruned_at: at === null ? null : new Date(at).toISOString(),
      removed,
      problem: problem === null ? null : withoutControls(problem),
    })),
    otel_export: await exportStatus(config),
    capture,
  };
}

const DAY_MS = 24 * 3600_000;

/** The scripts find the program by a link; without it, or if the program was moved, they write nothing. */
function programProblem({ home, program }: HomePaths): string | null {
  if (!existsSync(home) || existsSync(join(program, 'drain.js'))) return null;
  const isThere = lstatSync(program, { throwIfNoEntry: false }) !== undefined;
  return isThere
    ? `${program} leads to a folder without the program: it was moved or removed`
    : `${program} is missing`;
}

/** The newest sessions and the layers that saw them; null if the store gives no answer in time. */
async function newestLayers(config: Config): Promise<Status['layers']> {
  const client = configuredClient(config, { timeoutMs: QUESTION_LIMIT_MS });
  return orNull(async () =>
    (await client.sessionLayers.query({ days: 7, limit: 20 })).map((row) => ({ ...row })),
  );
}

/** The answer of the store; null if it gives none. */
async function orNull<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof StoreError) return null;
    throw error;
  }
}

/** Compares the costs of the last 7 days with the client's own totals; null if the store gives no answer in time. */
async function comparedCosts(config: Config): Promise<Status['costs']> {
  const client = configuredClient(config, { timeoutMs: QUESTION_LIMIT_MS });
  return orNull(async () => auditSums(await client.costAudit.query({ days: 7 })));
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
    local: isLoopbackName(new URL(url).hostname),
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
  const otherUser = await storeOfOtherUser(config);
  if (otherUser !== null) return { kind: otherUser.kind, message: otherUser.message };
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
