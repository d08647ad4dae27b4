/** Saves rules for the API, one after the other, and knows those that the store does not show yet. */
import type { Rule, SavedRule } from '../alerts/rule.js';
import type { EpochMs } from '../base/time/units.js';

/** Puts a rule, or its removal, where a drain takes it from. The version is greater than that of the rule before. */
export type SaveRule = (rule: Rule, version: EpochMs, isRemoved: boolean) => Promise<void>;

/** So long a saved rule counts if the store does not show it, milliseconds: something else may have changed it. */
const WAITING_MS = 60_000;

/** A rule on its way to the store; null: it was removed. */
interface Waiting {
  rule: Rule | null;
  version: EpochMs;
}

/** One per server: the API and the page share it. */
export class RuleBook {
  readonly #waiting = new Map<string, Waiting>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly save: SaveRule,
    private readonly now: () => EpochMs = Date.now,
  ) {}

  /** Runs changes one after the other: each sees the one before. */
  inTurn<T>(change: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(change);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /**
   * The rule as it was last saved; undefined if there is none.
   *
   * @param stored the rule that the store shows
   */
  newest(name: string, stored: SavedRule | undefined): Rule | undefined {
    const waiting = this.#waiting.get(name);
    if (waiting === undefined) return stored;
    const isOld = this.now() - waiting.version > WAITING_MS;
    if (!isOld && (stored?.version ?? 0) < waiting.version) return waiting.rule ?? undefined;
    this.#waiting.delete(name);
    return stored;
  }

  /** Saves a rule, or removes it, as a newer version than those before. */
  async put(rule: Rule, stored: SavedRule | undefined, isRemoved: boolean): Promise<void> {
    const before = Math.max(this.#waiting.get(rule.rule)?.version ?? 0, stored?.version ?? 0);
    const version = Math.max(this.now(), before + 1);
    await this.save(rule, version, isRemoved);
    this.#waiting.set(rule.rule, { rule: isRemoved ? null : rule, version });
  }
}
