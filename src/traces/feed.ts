/**
 * The always-on export: sends what a drain has stored to an OTLP endpoint, each span once, when it is over.
 *
 * Its folder: `due/` has a file per session with something to send, and one for the user's own tools; `sent/` has a
 * file per trace with the ids of the spans that were sent; `state.json` has the result of the last runs.
 */
import { appendFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readRegularFile } from '../base/regular-file/handle.js';
import { textOrEmpty } from '../base/regular-file/open.js';
import { asCount, asText, parseObject } from '../base/json/json.js';
import { fromStoreTime } from '../base/time/store-time.js';
import { listFiles, privateFolder, writeDurably } from '../base/files.js';
import { backoff } from '../spool/retry-policy.js';
import { BATCH_SPANS, OtlpError, sendSpans, type OtlpTarget } from './otlp-http.js';
import { spansOfSessions } from './session-spans.js';
import { traceIdOf, type Span } from './span.js';
import { workTraces, type TraceSource } from './traces.js';
import type { EpochMs, Ms } from '../base/time/units.js';

/** The result of the last runs. */
export interface FeedState {
  /** The endpoint. A change of it resets the state. */
  url: string;
  /** Spans that the endpoint accepted, and spans that it refused for good. */
  sent: number;
  refused: number;
  /** When it last accepted some. */
  sentAt: EpochMs | null;
  /** Why the last run stopped, and since when; null if it did not. */
  problem: { message: string; since: EpochMs } | null;
  /** Failures in a row, and the time before which nothing is tried. */
  failures: number;
  notBefore: number;
  /** When old traces were last removed. */
  forgotAt: EpochMs;
}

/** The parts of a row on its way to the store that matter here. */
interface StoredRow {
  table: string;
  row: Record<string, unknown>;
}

/** Limits of one run; the next run continues. */
interface FeedLimits {
  /** Milliseconds after which a run begins nothing more. */
  budgetMs: Ms;
  /** Deadline of one request, milliseconds. */
  timeoutMs: Ms;
}

const USUAL: FeedLimits = { budgetMs: 20_000, timeoutMs: 10_000 };

/** Sessions per query. */
const TOGETHER = 20;
/** After this long without news, something open counts as abandoned, as in session_overview. */
const SILENCE_MS = 24 * 3600_000;
/** A trace gets no more spans this long after its last one. */
const FORGET_AFTER_MS = 35 * 24 * 3600_000;
const LONGEST_WAIT_MS = 3600_000;

const WORK = 'work.json';

/** A session, or the user's own tools, that may have spans to send. */
interface Due {
  name: string;
  session: string | null;
  /** For the user's own tools: time of the earliest new event. */
  from: number;
  /** When it was last checked and stayed open; 0 if something new has come since. */
  lookedAt: EpochMs;
  mtimeMs: EpochMs;
}

export class TraceFeed {
  readonly #due: string;
  readonly #sent: string;
  readonly #state: string;

  constructor(private readonly folder: string) {
    this.#due = join(folder, 'due');
    this.#sent = join(folder, 'sent');
    this.#state = join(folder, 'state.json');
  }

  /**
   * Notes which sessions rows belong to. Called before the rows are stored; if that fails, a run finds nothing to send.
   */
  async note(rows: readonly StoredRow[]): Promise<void> {
    const sessions = new Set<string>();
    let from = Infinity;
    for (const { table, row } of rows) {
      const session = asText(row.session_id);
      const isEmitted = table === 'telemetry_events' && row.source === 'cli';
      if (isEmitted) from = Math.min(from, fromStoreTime(String(row.timestamp)));
      else if (session !== undefined && !table.startsWith('otel_')) sessions.add(session);
    }
    if (sessions.size === 0 && !Number.isFinite(from)) return;
    await privateFolder(this.#due);
    for (const session of sessions) await this.#write(`${traceIdOf('session', session)}.json`, { session });
    if (Number.isFinite(from)) {
      const known = await this.#read(WORK);
      await this.#write(WORK, { from: Math.min(from, known?.from ?? from) });
    }
  }

  /** The number of waiting sessions, and the result of the last runs with this endpoint. */
  async status(url: string): Promise<FeedState & { waiting: number }> {
    return { ...this.#load(url), waiting: await this.waiting() };
  }

  /** The number of sessions with something new; the user's own tools count as one. */
  async waiting(): Promise<number> {
    return (await this.#allDue()).filter(({ lookedAt }) => lookedAt === 0).length;
  }

  /**
   * Sends the spans that are over and were not sent yet. A failure of the endpoint becomes part of the state and is not
   * thrown; a failure of the store is thrown.
   *
   * @param insist run even if the pause after the last failure is not over
   */
  async run(target: OtlpTarget, source: TraceSource, insist: boolean, limits = USUAL): Promise<FeedState> {
    const state = this.#load(target.url);
    const now = Date.now();
    if (!insist && now < state.notBefore && state.notBefore - now <= LONGEST_WAIT_MS) return state;
    const due = (await this.#allDue()).filter(
      ({ lookedAt }) => lookedAt === 0 || now - lookedAt > SILENCE_MS || lookedAt > now,
    );
    if (due.length === 0) return state;
    await privateFolder(this.#sent);
    const deadline = now + limits.budgetMs;
    const sender = { target, timeoutMs: limits.timeoutMs, state, deadline };
    try {
      const sessions = due.filter(({ session }) => session !== null);
      for (let first = 0; first < sessions.length && Date.now() < deadline; first += TOGETHER)
        await this.#sendSessions(sessions.slice(first, first + TOGETHER), source, sender);
      const work = due.find(({ name }) => name === WORK);
      if (work !== undefined && Date.now() < deadline) await this.#sendWork(work, source, sender);
      [state.problem, state.failures, state.notBefore] = [null, 0, 0];
      await this.#forget(state, now);
    } catch (error) {
      if (!(error instanceof OtlpError)) throw error;
      state.failures += 1;
      state.problem = { message: error.message, since: state.problem?.since ?? now };
      const wait = backoff(state.failures, error.retryAfterMs, Math.random());
      state.notBefore = now + Math.min(wait, LONGEST_WAIT_MS);
    } finally {
      await writeDurably(this.#state, JSON.stringify(state));
    }
    return state;
  }

  async #sendSessions(due: readonly Due[], source: TraceSource, sender: Sender): Promise<void> {
    const ids = due.map(({ session }) => session ?? '');
    const spans = spansOfSessions(await source.spans({ session_id: ids.join(',') }));
    const byTrace = groupByTrace(spans);
    for (const one of due) {
      const own = byTrace.get(traceIdOf('session', one.session ?? '')) ?? [];
      if (!(await this.#send(own, sender))) return;
      if (own.length > 0 && own.every(({ isOver }) => isOver)) await this.#settle(one, null);
      else await this.#settle(one, { session: one.session, lookedAt: Date.now() });
    }
  }

  async #sendWork(due: Due, source: TraceSource, sender: Sender): Promise<void> {
    const spans = await workTraces(source, new Date(due.from), null);
    const now = Date.now();
    // A command that was killed never reports its end.
    const settled = spans.map((span) => (now - span.end > SILENCE_MS ? { ...span, isOver: true } : span));
    for (const own of groupByTrace(settled).values()) if (!(await this.#send(own, sender))) return;
    const open = settled.filter(({ isOver }) => !isOver);
    const from = open.reduce((first, { start }) => Math.min(first, start), Infinity);
    await this.#settle(due, open.length === 0 ? null : { from, lookedAt: now });
  }

  /** Sends those spans of one trace that are over and were not sent; false if the time ran out. */
  async #send(spans: readonly Span[], { target, timeoutMs, state, deadline }: Sender): Promise<boolean> {
    const [first] = spans;
    if (first === undefined) return true;
    const file = join(this.#sent, first.traceId);
    const sent = new Set(textOrEmpty(file).split('\n'));
    const fresh = spans.filter(({ spanId, isOver }) => isOver && !sent.has(spanId));
    for (let at = 0; at < fresh.length; at += BATCH_SPANS) {
      if (Date.now() > deadline) return false;
      const batch = fresh.slice(at, at + BATCH_SPANS);
      try {
        const outcome = await sendSpans(target, batch, { timeoutMs, retryMs: 0 });
        state.sent += outcome.sent;
        state.refused += outcome.refused;
        state.sentAt = Date.now();
      } catch (error) {
        // A batch that the endpoint calls invalid is not sent again, since it would block everything after it.
        if (!(error instanceof OtlpError) || !error.isBad) throw error;
        state.refused += batch.length;
      }
      await appendFile(file, batch.map(({ spanId }) => `${spanId}\n`).join(''), { mode: 0o600 });
    }
    return true;
  }

  /** Marks an entry as checked, unless something new has come in the meantime. */
  async #settle(due: Due, next: object | null): Promise<void> {
    const file = join(this.#due, due.name);
    const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: 0 }));
    if (mtimeMs !== due.mtimeMs) return;
    if (next === null) await rm(file, { force: true });
    else await this.#write(due.name, next);
  }

  /** At most once a day, removes the lists of spans that were sent long ago. */
  async #forget(state: FeedState, now: EpochMs): Promise<void> {
    if (Math.abs(now - state.forgotAt) < SILENCE_MS) return;
    state.forgotAt = now;
    for (const name of await readdir(this.#sent)) {
      const file = join(this.#sent, name);
      if (now - (await stat(file)).mtimeMs > FORGET_AFTER_MS) await rm(file, { force: true });
    }
  }

  async #allDue(): Promise<Due[]> {
    const due: Due[] = [];
    for (const name of await listFiles(this.#due, '.json')) {
      const one = await this.#read(name);
      if (one !== undefined) due.push(one);
    }
    return due.sort((a, b) => a.mtimeMs - b.mtimeMs);
  }

  async #read(name: string): Promise<Due | undefined> {
    const file = join(this.#due, name);
    try {
      // The time is read first, so that a later write is seen as newer.
      const { mtimeMs } = await stat(file);
      const content = parseObject(await readRegularFile(file));
      if (content === undefined) return undefined;
      return {
        name,
        session: asText(content.session) ?? null,
        from: asCount(content.from) ?? 0,
        lookedAt: asCount(content.lookedAt) ?? 0,
        mtimeMs,
      };
    } catch {
      return undefined;
    }
  }

  async #write(name: string, content: object): Promise<void> {
    await writeFile(join(this.#due, name), JSON.stringify(content), { mode: 0o600 });
  }

  #load(url: string): FeedState {
    const anew: FeedState = {
      url,
      sent: 0,
      refused: 0,
      sentAt: null,
      problem: null,
      failures: 0,
      notBefore: 0,
      forgotAt: 0,
    };
    const known = parseObject(textOrEmpty(this.#state));
    return known?.url === url ? { ...anew, ...known } : anew;
  }
}

interface Sender {
  target: OtlpTarget;
  timeoutMs: Ms;
  state: FeedState;
  deadline: number;
}

function groupByTrace(spans: readonly Span[]): Map<string, Span[]> {
  const groups = new Map<string, Span[]>();
  for (const span of spans) {
    const own = groups.get(span.traceId) ?? [];
    own.push(span);
    groups.set(span.traceId, own);
  }
  return groups;
}
