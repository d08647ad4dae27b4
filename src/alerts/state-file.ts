/** The file with the states of all rules: what a restart goes on from, and what the status line and SessionStart show. */
import { join } from 'node:path';
import { readRegular } from '../base/regular-file/open.js';
import { writeDurably } from '../base/files.js';
import { isObject, parseObject } from '../base/json/json.js';
import { alertStates, type AlertState } from '../pipes/parts/alert-words.js';
import type { EpochMs } from '../base/time/units.js';
import type { RuleState } from './evaluate.js';

/** The states by the rule's name; of a budget per session, `NAME/SESSION`. */
export type States = Map<string, RuleState>;

/** The file's place in a telemetry folder; the status line and SessionStart repeat the name. */
export const statesFile = (home: string): string => join(home, 'alerts.json');

export const keyOf = (rule: string, session: string): string =>
  session === '' ? rule : `${rule}/${session}`;

/** Reads the states; none if the file is missing or damaged. What is damaged of it is left out. */
export function readStates(file: string): States {
  const states: States = new Map();
  let kept: unknown;
  try {
    kept = parseObject(readRegular(file))?.states;
  } catch {
    return states;
  }
  if (!isObject(kept)) return states;
  for (const [key, value] of Object.entries(kept)) if (isState(value)) states.set(key, value);
  return states;
}

function isState(value: unknown): value is RuleState {
  if (!isObject(value)) return false;
  const { version, state, since, window, worst, before, told } = value;
  return (
    [version, since, window].every((number) => typeof number === 'number') &&
    isWord(state) &&
    isWord(worst) &&
    isObject(told) &&
    Object.entries(told).every(([name, at]) => isWord(name) && typeof at === 'number') &&
    (before === null || (isObject(before) && typeof before.window === 'number' && isWord(before.worst))) &&
    isFigure(value.value) &&
    isFigure(value.threshold)
  );
}

const isWord = (value: unknown): value is AlertState => alertStates.some((state) => state === value);
const isFigure = (value: unknown) => value === null || typeof value === 'number';

/**
 * Writes the states.
 *
 * @param line what the status line shows; empty for nothing
 * @param note what a new session is told; empty for nothing
 * @param until until when both are true if nobody writes the file again
 */
export async function writeStates(
  file: string,
  states: States,
  { line, note, at, until }: { line: string; note: string; at: EpochMs; until: EpochMs },
): Promise<void> {
  await writeDurably(file, JSON.stringify({ at, until, line, note, states: Object.fromEntries(states) }));
}
