/** Evaluates a rule: its state before and a figure give its state now. A pure function. */
import type { AlertState } from '../pipes/parts/alert-words.js';
import type { EpochMs } from '../base/time/units.js';
import { isShare } from '../pipes/parts/alert-metrics.js';
import type { Rule, SavedRule } from './rule.js';

/** A figure of a window, as a pipe answered it. */
export interface Sample {
  /** Null: unknown. */
  value: number | null;
  /** How many requests or calls it is of; null for a figure that is not of any. */
  rows: number | null;
  /** Median of the windows before; null: unknown, or not asked. */
  median: number | null;
  from: EpochMs;
  to: EpochMs;
}

/** What is kept of a rule between evaluations. */
export interface RuleState {
  /** Version of the rule that was evaluated. */
  version: number;
  state: AlertState;
  since: EpochMs;
  value: number | null;
  threshold: number | null;
  /** Start of the window that was evaluated, and its worst state. */
  window: EpochMs;
  worst: AlertState;
  /** The window before it, if a late row may still change it. */
  before: { window: EpochMs; worst: AlertState } | null;
  /** When each state was last told. */
  told: Partial<Record<AlertState, EpochMs>>;
}

/** A change of a rule's state. */
export interface Change {
  at: EpochMs;
  state: AlertState;
  stateBefore: AlertState;
  value: number | null;
  threshold: number | null;
  from: EpochMs;
  to: EpochMs;
  isLate: boolean;
  isTold: boolean;
}

/** No rule has this version. */
const NEVER = -1;

const rank: Readonly<Record<AlertState, number>> = { ok: 0, firing: 1, soft: 1, hard: 2 };
const isWorse = (one: AlertState, other: AlertState) => rank[one] > rank[other];
const worseOf = (one: AlertState, other: AlertState) => (isWorse(one, other) ? one : other);

/** The limits of a rule, the worst first; null if there is no median to compare with: it is unknown, or nothing was usual. */
function limitsOf(rule: Rule, sample: Sample): { state: AlertState; limit: number }[] | null {
  if (rule.median !== null)
    return sample.median === null || sample.median === 0
      ? null
      : [{ state: 'firing', limit: rule.median.factor * sample.median }];
  const { kind, threshold, hardLimit } = rule;
  const soft: AlertState = kind === 'budget' ? 'soft' : 'firing';
  return [
    ...(hardLimit === null ? [] : [{ state: 'hard' as const, limit: hardLimit }]),
    ...(threshold === null || threshold === hardLimit ? [] : [{ state: soft, limit: threshold }]),
  ];
}

/** The state that a value is in, if nothing was before. */
function stateOf(
  rule: Rule,
  value: number,
  limits: readonly { state: AlertState; limit: number }[],
): AlertState {
  // A budget is used up when its limit is reached.
  const isPast = (limit: number) =>
    rule.comparator === 'below' ? value < limit : rule.kind === 'budget' ? value >= limit : value > limit;
  return limits.find(({ limit }) => isPast(limit))?.state ?? 'ok';
}

/** Whether a value has come back far enough from a limit. A share cannot come back further than to 1. */
const isBack = ({ metric, comparator, hysteresis, kind }: Rule, value: number, limit: number): boolean =>
  comparator === 'below'
    ? value >= Math.min(limit * (1 + hysteresis), isShare(metric) ? Math.max(limit, 1) : Infinity)
    : kind === 'budget'
      ? value < limit * (1 - hysteresis)
      : value <= limit * (1 - hysteresis);

/**
 * The state of a value after another state: a worse one at once, a better one only past the hysteresis. Undefined if
 * nothing can be said: then the state stays.
 */
function next(
  rule: Rule,
  state: AlertState,
  sample: Sample,
): { state: AlertState; threshold: number | null } | undefined {
  const limits = limitsOf(rule, sample);
  // A window without any request or call breaks no rule, except one about too few.
  const isEmpty = sample.rows === 0 && sample.value === null;
  if (isEmpty) return { state: 'ok', threshold: null };
  // 0 is not above any multiple of a median.
  if (limits === null && sample.value === 0) return { state: 'ok', threshold: null };
  if (limits === null || sample.value === null) return undefined;
  const { value } = sample;
  const plain = stateOf(rule, value, limits);
  const limitOf = (of: AlertState) => limits.find((one) => one.state === of)?.limit ?? null;
  const held = limitOf(state);
  const stays = isWorse(state, plain) && held !== null && !isBack(rule, value, held);
  const found = stays ? state : plain;
  return { state: found, threshold: limitOf(found) ?? limits.at(-1)?.limit ?? null };
}

/**
 * Evaluates a rule.
 *
 * Evaluating the same figure again changes nothing, so a restart or a repetition tells nothing twice. In a new window of
 * a calendar span the hysteresis of the last window does not hold. The window before is evaluated again when rows came
 * late: it can only get worse, and each worse state is told once.
 *
 * @param before undefined for a rule that was never evaluated
 * @param earlier the same figure in the window before, of a calendar span
 */
export function evaluate(
  rule: SavedRule,
  before: RuleState | undefined,
  sample: Sample,
  now: EpochMs,
  { earlier, isCalendar = false }: { earlier?: Sample | undefined; isCalendar?: boolean } = {},
): { state: RuleState; changes: Change[] } {
  // An edited rule begins anew: what was told of another limit says nothing about this one.
  const isNew = before?.version !== rule.version;
  const known: RuleState =
    before === undefined || isNew ? fresh(rule, sample, now) : { ...before, told: { ...before.told } };
  const changes: Change[] = [];
  const isNextWindow = isCalendar && sample.from > known.window;
  if (isNextWindow) {
    const isAdjacent = earlier === undefined || earlier.from === known.window;
    known.before = isAdjacent
      ? { window: known.window, worst: known.worst }
      : { window: earlier.from, worst: 'ok' };
    known.window = sample.from;
    known.worst = 'ok';
  }
  if (earlier !== undefined && known.before?.window === earlier.from) {
    const late = next(rule, 'ok', earlier);
    if (late !== undefined && isWorse(late.state, known.before.worst)) {
      const { worst } = known.before;
      known.before = { window: earlier.from, worst: late.state };
      changes.push({
        ...{
          at: now,
          state: late.state,
          stateBefore: worst,
          value: earlier.value,
          threshold: late.threshold,
        },
        ...{ from: earlier.from, to: earlier.to, isLate: true, isTold: true },
      });
    }
  }
  const found = next(rule, isNextWindow ? 'ok' : known.state, sample);
  // Until its first figure is known, a rule counts as never evaluated.
  if (found === undefined) return { state: isNew ? { ...known, version: NEVER } : known, changes };
  const { state, threshold } = found;
  // The first figure is kept, too: it shows that the rule is evaluated. Another day past its limit is another event.
  if (state !== known.state || isNew || (isNextWindow && state !== 'ok')) {
    const isTold = state === 'ok' ? wasTold(known) : isDue(rule, known, state, now);
    if (isTold && state !== 'ok') known.told[state] = now;
    changes.push({
      ...{ at: now, state, stateBefore: known.state, value: sample.value, threshold },
      ...{ from: sample.from, to: sample.to, isLate: false, isTold },
    });
    known.state = state;
    known.since = now;
  }
  known.worst = worseOf(known.worst, state);
  return { state: { ...known, value: sample.value, threshold }, changes };
}

const fresh = ({ version }: SavedRule, sample: Sample, now: EpochMs): RuleState => ({
  ...{ version, state: 'ok', since: now, value: null, threshold: null },
  ...{ window: sample.from, worst: 'ok', before: null, told: {} },
});

/** Whether the state that ends was told: else its end is not told either. */
const wasTold = ({ told, state, since }: RuleState) => (told[state] ?? -Infinity) >= since;

function isDue({ cooldownMinutes }: Rule, { told }: RuleState, state: AlertState, now: EpochMs): boolean {
  const last = told[state];
  return last === undefined || now - last >= cooldownMinutes * 60_000 || now < last;
}
