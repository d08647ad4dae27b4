/** Evaluates the rules while a server runs: after writes, and on a clock. */
import { fromStoreTime } from '../base/time/store-time.js';
import type { EpochMs, Ms } from '../base/time/units.js';
import type { RedactedRow } from '../signals/privacy/redacted-row.js';
import type { Recorder } from '../signals/row.js';
import type { Ask, RowsOf } from '../store/question-types.js';
import { isLimitMetric } from '../pipes/parts/alert-metrics.js';
import { deliver, messageOf, type Message, type Receivers } from './deliver.js';
import { evaluate, type RuleState } from './evaluate.js';
import { guardFile, writeGuard, type GuardLine } from './guard-file.js';
import { evaluationRow } from './rows.js';
import { isCalendar, type SavedRule } from './rule.js';
import { savedRule, subjectsOf } from './sample.js';
import { keyOf, readStates, statesFile, writeStates, type States } from './state-file.js';
import { windowEnds, windowStarts } from './windows.js';
import { standText } from './words.js';

/** How often the counts of writes are looked at, milliseconds: they are in memory. */
const LOOK_MS = 1_000;
/** The shortest pause between two evaluations, milliseconds. */
const PAUSE_MS = 5_000;
/** An evaluation is followed by a pause of this many times as long as it took, but not by a longer one than the next. */
const PAUSE_TIMES = 9;
const LONGEST_PAUSE_MS = 30_000;
/** How often rules are evaluated without a write: time passes in their windows, milliseconds. */
const CLOCK_MS = 60_000;
/** So long after the last write the clock stops, milliseconds: its questions would keep an idle store awake. */
const IDLE_MS = 30 * 60_000;

/** So many messages wait for a slow command or webhook; more are not sent on. */
const MOST_WAITING = 50;
/** The longest that the status line and SessionStart show what nobody evaluates any more, milliseconds. */
const SHOWN_MS = 24 * 3_600_000;

/** The tables that a rule's figure is read from. */
const requestTables = ['requests'];
const eventTables = ['telemetry_events'];

export interface WatchOptions {
  /** The telemetry folder. */
  home: string;
  ask: Ask;
  /** Counts of writes, by table. */
  writes: () => ReadonlyMap<string, number>;
  recorder: Recorder;
  /** Puts rows into the spool, and has them delivered. */
  save: (rows: readonly RedactedRow[]) => Promise<void>;
  /** Where messages go; read again for each. */
  receivers: () => Receivers;
  log: (line: string) => void;
  now?: () => EpochMs;
}

/** Watches the rules. One per telemetry folder: only the process that serves it evaluates. */
export class AlertWatch {
  #rules: readonly SavedRule[] = [];
  #states: States;
  /** Counts of writes when the rules were read and last evaluated. */
  #seen: ReadonlyMap<string, number> = new Map();
  #rulesSeen = -1;
  #wroteAt: EpochMs;
  #clockAt: EpochMs = 0;
  #nextAt: EpochMs = 0;
  /** Before that nothing is asked again, after a failure. */
  #retryAt: EpochMs = 0;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #lastProblem = '';
  #waiting: Message[] = [];
  #telling: Promise<void> | undefined;
  readonly #closed = new AbortController();
  readonly #now: () => EpochMs;

  constructor(private readonly options: WatchOptions) {
    this.#now = options.now ?? Date.now;
    this.#states = readStates(statesFile(options.home));
    this.#wroteAt = this.#now();
  }

  start(): this {
    this.#timer = setInterval(() => this.look(), LOOK_MS);
    this.#timer.unref();
    return this;
  }

  /** Ends it. What the guard denies ends with it. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#closed.abort();
    await this.settled();
    await writeGuard(guardFile(this.options.home), [], this.#now()).catch(() => undefined);
  }

  /** Evaluates if there is a reason to. Returns at once. */
  look(): void {
    const now = this.#now();
    if (this.#running !== undefined || now < this.#retryAt) return;
    const writes = this.options.writes();
    const changed = new Set(
      [...writes].flatMap(([table, count]) => (this.#seen.get(table) === count ? [] : [table])),
    );
    // Whoever saves a rule waits for it.
    if (now < this.#nextAt && !changed.has('alert_rules')) return;
    const isTouched = [...requestTables, ...eventTables, 'alert_rules'].some((table) => changed.has(table));
    if (isTouched) this.#wroteAt = now;
    const isClock = now - this.#clockAt >= CLOCK_MS && now - this.#wroteAt < IDLE_MS;
    if (!isTouched && !isClock) return;
    this.#running = this.#round(writes, changed, isClock)
      .catch((error: unknown) => this.#failed(error))
      .finally(() => {
        const took: Ms = this.#now() - now;
        this.#nextAt = this.#now() + Math.max(PAUSE_MS, Math.min(LONGEST_PAUSE_MS, PAUSE_TIMES * took));
        this.#running = undefined;
      });
  }

  /** Waits until the evaluation that runs has ended, and its messages are sent. */
  async settled(): Promise<void> {
    await this.#running;
    await this.#telling;
  }

  async #round(
    writes: ReadonlyMap<string, number>,
    changed: ReadonlySet<string>,
    isClock: boolean,
  ): Promise<void> {
    const rulesWritten = writes.get('alert_rules') ?? 0;
    // A store elsewhere is written to by others, who tell nobody.
    if (rulesWritten !== this.#rulesSeen || isClock) await this.#readRules();
    this.#rulesSeen = rulesWritten;
    const due = this.#rules.filter((rule) => isClock || isTouchedBy(rule, changed, this.#states));
    const rows: RedactedRow[] = [];
    const messages: Message[] = [];
    for (const rule of due) {
      const seen = new Set<string>();
      // A late row can only have come with a write.
      for (const subject of await subjectsOf(this.options.ask, rule, this.#now(), changed.size > 0)) {
        const key = keyOf(rule.rule, subject.session);
        seen.add(key);
        const before = this.#states.get(key);
        const { state, changes } = evaluate(rule, before, subject.sample, this.#now(), {
          earlier: subject.earlier,
          isCalendar: isCalendar(rule.span),
        });
        this.#states.set(key, state);
        for (const change of changes) {
          // Most sessions are within their budget: that says nothing.
          if (subject.session !== '' && change.state === 'ok' && change.stateBefore === 'ok') continue;
          rows.push(evaluationRow(rule, subject.session, change, this.options.recorder));
          if (change.isTold) messages.push(messageOf(rule, subject.session, change));
        }
      }
      // Sessions that ended need no state any more, and are past no limit.
      if (rule.span === 'session')
        for (const [key, state] of [...this.#states]) {
          if (!key.startsWith(`${rule.rule}/`) || seen.has(key)) continue;
          this.#states.delete(key);
          if (state.version !== rule.version || state.state === 'ok') continue;
          const [now, session] = [this.#now(), key.slice(rule.rule.length + 1)];
          const change = {
            ...{ at: now, state: 'ok' as const, stateBefore: state.state },
            ...{ value: state.value, threshold: state.threshold, from: state.window, to: now },
            ...{ isLate: false, isTold: false },
          };
          rows.push(evaluationRow(rule, session, change, this.options.recorder));
        }
    }
    for (const key of [...this.#states.keys()])
      if (!this.#rules.some(({ rule }) => key === rule || key.startsWith(`${rule}/`)))
        this.#states.delete(key);
    // First what is known: a change that is told before it is remembered would be told again after a crash.
    await this.#writeFiles();
    if (rows.length > 0) await this.options.save(rows);
    this.#seen = writes;
    if (isClock) this.#clockAt = this.#now();
    this.#lastProblem = '';
    this.#tell(messages);
  }

  /** Sends messages on, one after the other: a slow receiver does not hold the evaluation up. */
  #tell(messages: readonly Message[]): void {
    this.#waiting.push(...messages);
    const left = this.#waiting.splice(MOST_WAITING).length;
    if (left > 0)
      this.options.log(
        `${left} messages were not sent on: ${MOST_WAITING} are waiting, because alert_command or alert_webhook is slow`,
      );
    this.#telling ??= this.#sendWaiting().finally(() => (this.#telling = undefined));
  }

  async #sendWaiting(): Promise<void> {
    const { signal } = this.#closed;
    for (let message = this.#waiting.shift(); message !== undefined; message = this.#waiting.shift()) {
      if (signal.aborted) return;
      try {
        for (const problem of await deliver(message, this.options.receivers(), { signal }))
          this.options.log(problem);
      } catch (error) {
        this.options.log(error instanceof Error ? error.message : String(error));
      }
    }
  }

  async #readRules(): Promise<void> {
    const rows = await this.options.ask('alertList', {});
    const rules = rows.map(savedRule);
    if (rules.includes(undefined)) this.options.log('a rule of another version of atel is not evaluated');
    this.#rules = rules.filter((rule) => rule !== undefined).filter(({ isEnabled }) => isEnabled);
    for (const row of rows) this.#restore(row);
  }

  /** Without a state of its own, for example on another machine, it goes on from what the store has. */
  #restore(row: RowsOf<'alertList'>[number]): void {
    if (this.#states.has(row.rule) || row.state === '' || row.changed_at === null || row.state_session !== '')
      return;
    const since = fromStoreTime(row.changed_at);
    // Of a calendar span, the window that it changed in: only then is the window after it another one.
    const window = isCalendar(row.span) ? (windowStarts(row, since, 0)[0] ?? since) : since;
    this.#states.set(row.rule, {
      ...{
        version: row.version,
        state: row.state,
        since,
        value: row.value,
        threshold: row.compared_with_value,
      },
      ...{ window, worst: row.state, before: null },
      told: row.state === 'ok' ? {} : { [row.state]: since },
    });
  }

  async #writeFiles(): Promise<void> {
    const { home } = this.options;
    const now = this.#now();
    const past = this.#past();
    const names = [...new Set(past.map(({ rule }) => rule.rule))];
    const line =
      names.length === 0 ? '' : `! ${names.length > 2 ? `${names.length} alerts` : names.join(', ')}`;
    const texts = [...new Set(past.map(({ rule, state }) => standText(rule, state)))];
    const shown = texts.slice(0, 3).join('; ') + (texts.length > 3 ? `; ${texts.length - 3} more` : '');
    const note = shown === '' ? '' : `- Alerts: ${shown}.`;
    const until = Math.min(now + SHOWN_MS, ...past.map(({ rule }) => windowEnds(rule, now)));
    await writeStates(statesFile(home), this.#states, { at: now, until, line, note });
    await writeGuard(guardFile(home), await this.#guardLines(past), now);
  }

  /** The rules that are past their limit, the worst first. */
  #past(): { rule: SavedRule; session: string; state: RuleState }[] {
    const found = [...this.#states].flatMap(([key, state]) => {
      const name = key.split('/')[0];
      const rule = this.#rules.find((one) => one.rule === name && one.version === state.version);
      if (rule === undefined || state.state === 'ok') return [];
      return [{ rule, session: key.slice(rule.rule.length + 1), state }];
    });
    const order = ['hard', 'firing', 'soft'];
    return found.sort((a, b) => order.indexOf(a.state.state) - order.indexOf(b.state.state));
  }

  /** What the guard denies and tells. A budget of a project is one of its active sessions: a hook knows no project. */
  async #guardLines(
    past: readonly { rule: SavedRule; session: string; state: RuleState }[],
  ): Promise<GuardLine[]> {
    const lines: GuardLine[] = [];
    for (const { rule, session, state } of past) {
      const level = state.state;
      if (rule.kind !== 'budget' || (level !== 'soft' && level !== 'hard')) continue;
      const { project, agent = '' } = rule.filters;
      const text = `Budget ${standText(rule, state)}.`;
      const sessions =
        session !== '' || project === undefined
          ? [session]
          : (await this.options.ask('sessionList', { days: 1, status: 'active', project, limit: 200 })).map(
              ({ session_id: id }) => id,
            );
      // A line without a session would be about all of them.
      for (const one of sessions)
        if (one !== '' || project === undefined) lines.push({ level, session: one, agent, text });
    }
    return lines;
  }

  /** The store does not answer: nothing is denied for what is not known. */
  async #failed(error: unknown): Promise<void> {
    const problem = error instanceof Error ? error.message : String(error);
    if (problem !== this.#lastProblem) this.options.log(problem);
    this.#lastProblem = problem;
    this.#retryAt = this.#now() + PAUSE_MS;
    await writeGuard(guardFile(this.options.home), [], this.#now()).catch(() => undefined);
  }
}

/** Whether the tables that a rule reads were written to, or it was never evaluated. */
function isTouchedBy(rule: SavedRule, changed: ReadonlySet<string>, states: States): boolean {
  const state = states.get(rule.rule);
  if (rule.span !== 'session' && state?.version !== rule.version) return true;
  if (rule.span === 'session')
    return [...requestTables, ...eventTables, 'alert_rules'].some((table) => changed.has(table));
  const tables = isLimitMetric(rule.metric) || rule.metric.startsWith('tool_') ? eventTables : requestTables;
  return tables.some((table) => changed.has(table));
}
