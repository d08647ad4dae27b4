/** `emit`: records an event of a user's own tool. */
import { kickDrain } from '../drain/kick.js';
import { homeOf, record, type EmitOutcome, type Origin } from './record.js';
import { problemOf, type EmittedEvent } from './vocabulary.js';

export interface EmitOptions {
  /**
   * Also have the event delivered soon, by a detached process, at most once per second. Default false: the next drain
   * delivers it.
   */
  drain?: boolean;
}

/**
 * Records an event of your own tool beside those of Claude Code. Synchronous: when it returns, the event is in a file.
 * It never throws, never waits, uses no network, and starts no process unless `drain` is set.
 *
 * The names of the event and of its fields are checked; additional keys are kept. Task, phase, session and the
 * enclosing command are taken from the environment if the event does not have them (`atel run` sets them).
 *
 * If atel is not installed (there is no telemetry folder) and the project keeps no log, nothing happens.
 *
 * @example
 * ```ts
 * import { emit } from 'atel';
 *
 * const started = Date.now();
 * emit({ event: 'command_start', command_name: 'release', tool: 'my-cli' });
 * const { recorded, problem } = emit({
 *   event: 'command_end',
 *   command_name: 'release',
 *   tool: 'my-cli',
 *   status: 'success',
 *   duration_ms: Date.now() - started,
 * });
 * if (!recorded && problem !== null) console.warn(problem);
 * ```
 */
export function emit(event: EmittedEvent, options: EmitOptions = {}): EmitOutcome {
  return emitFrom(event, {}, options);
}

/** The same with a given environment, for the command line. */
export function emitFrom(event: unknown, origin: Origin, options: EmitOptions = {}): EmitOutcome {
  try {
    const problem = problemOf(event);
    if (problem !== undefined) return { recorded: false, problem };
    const outcome = record({ ...(event as EmittedEvent) }, origin);
    if (outcome.recorded && options.drain === true) drainSoon(origin);
    return outcome;
  } catch (error) {
    // For example a getter that throws, or an unreadable environment.
    return { recorded: false, problem: String(error) };
  }
}

const KICK_EVERY_MS = 1_000;

let kickedAt = -Infinity;
let waiting: NodeJS.Timeout | undefined;

/** Starts a drain now, or one second after the last start, or when the process exits before that. */
function drainSoon(origin: Origin): void {
  if (waiting !== undefined) return;
  const kick = () => {
    process.removeListener('exit', kick);
    clearTimeout(waiting);
    waiting = undefined;
    kickedAt = performance.now();
    const paths = homeOf(origin);
    if (paths !== undefined) kickDrain(paths);
  };
  const wait = kickedAt + KICK_EVERY_MS - performance.now();
  if (wait <= 0) {
    kick();
    return;
  }
  waiting = setTimeout(kick, wait);
  waiting.unref();
  process.once('exit', kick);
}
