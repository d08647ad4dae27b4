import { kickDrain } from '../drain/kick.js';
import { homeOf, record, type EmitOutcome, type Origin } from './record.js';
import { problemOf, type EmittedEvent } from './vocabulary.js';

export interface EmitOptions {
  /** Also have it delivered soon, by a detached process, at most one a second. Default false: the next drain takes it along. */
  drain?: boolean;
}

/**
 * Records an event of your own tool beside those of Claude Code. Synchronous: when it returns, the event is in a
 * file. Never throws, never waits for anybody, touches no network and starts no process unless asked to.
 *
 * The names of the event and of its fields are checked; further keys are kept. Task, phase, session and the
 * enclosing command are taken from the environment where the event does not say (`atel run` sets them).
 *
 * Where nobody has installed atel (there is no telemetry folder) and the project keeps no log, nothing happens.
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

/** The same for a given environment, which the command line's differs in. */
export function emitFrom(event: unknown, origin: Origin, options: EmitOptions = {}): EmitOutcome {
  try {
    const problem = problemOf(event);
    if (problem !== undefined) return { recorded: false, problem };
    const outcome = record({ ...(event as EmittedEvent) }, origin);
    if (outcome.recorded && options.drain === true) drainSoon(origin);
    return outcome;
  } catch (error) {
    // A getter that throws, an environment that cannot be read.
    return { recorded: false, problem: String(error) };
  }
}

const KICK_EVERY_MS = 1_000;

let kickedAt = -Infinity;
let waiting: NodeJS.Timeout | undefined;

/** Kicks now, or once a second has passed since the last time, or when the process ends before that. */
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
