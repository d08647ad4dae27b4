/** Writes an emitted event to the telemetry folder and to the project's own log. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { loadConfig, processSources } from '../base/config.js';
import { homePaths, type HomePaths } from '../base/home.js';
import { plainEvent, withoutTexts } from '../signals/emitted.js';
import type { Json } from '../base/json/json.js';
import { projectOf } from '../signals/project.js';
import { makeFolder } from '../base/folder.js';
import { registerLog } from '../project-log/kept-logs.js';
import { appendEmitted } from '../drain/emitted.js';
import { noteLost } from '../drain/lost.js';
import { appendToLog, projectLog, type ProjectLog } from '../project-log/project-log.js';

/** The surroundings of an event. */
export interface Origin {
  /** Environment variables. Default: those of this process. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Working directory. Default: that of this process. */
  cwd?: string;
  /**
   * Make the telemetry folder if it is missing. The command line does; a library in someone else's project does not.
   */
  makeHome?: boolean;
}

/** The outcome of recording an event. */
export interface EmitOutcome {
  /** Whether the event is on disk now: in the telemetry folder, in the project's own log, or in both. */
  recorded: boolean;
  /** Why it was not recorded, or what else went wrong, in one line; null if nothing did, and if recording is off. */
  problem: string | null;
}

/** Environment variables that connect the work inside a command with the command. */
export const joining = {
  command: 'AGENT_TELEMETRY_COMMAND_ID',
  task: 'AGENT_TELEMETRY_TASK_ID',
  phase: 'AGENT_TELEMETRY_PHASE',
} as const;

/** Writes one event to disk, without checking it. Never throws. */
export function record(event: Json, origin: Origin = {}): EmitOutcome {
  try {
    return recordIn(event, origin);
  } catch (error) {
    return { recorded: false, problem: lineOf(error) };
  }
}

/** The telemetry folder; undefined if recording is off. */
export function homeOf({ env = process.env }: Origin): HomePaths | undefined {
  const { home, enabled } = settingsOf(env);
  return enabled ? homePaths(home) : undefined;
}

function recordIn(event: Json, origin: Origin): EmitOutcome {
  const { env = process.env, cwd = process.cwd() } = origin;
  const paths = homeOf(origin);
  if (paths === undefined) return { recorded: false, problem: null };
  const { project, log } = placeOf(cwd);
  if (typeof log === 'object' && !log.enabled) return { recorded: false, problem: null };

  const whole = completed(event, env);
  const fromLog =
    typeof log === 'object' ? problemIn(() => appendToLog(log, JSON.stringify(whole))) : (log ?? NONE);
  if (origin.makeHome === true) problemIn(() => makeFolder(paths.home, 0o700));
  // A project with a log of its own works without a telemetry folder.
  const hasHome = existsSync(paths.home);
  if (hasHome && typeof log === 'object' && log.prunesItself) problemIn(() => registerLog(paths.logs, log));
  const fromHome = hasHome
    ? problemIn(() => appendEmitted(paths.emitted, JSON.stringify({ ...withoutTexts(whole), project })))
    : NONE;
  if (typeof fromHome === 'string') noteLost(paths);
  const problem = [fromLog, fromHome].find((found) => typeof found === 'string');
  const recorded = fromLog === null || fromHome === null;
  return {
    recorded,
    problem:
      problem ?? (recorded ? null : `there is no telemetry folder ${paths.home}; run atel init to make it`),
  };
}

/** There is no such destination. */
const NONE = Symbol('none');

/** The error message of some work; null if it succeeded. */
function problemIn(work: () => void): string | null {
  try {
    work();
    return null;
  } catch (error) {
    return lineOf(error);
  }
}

/**
 * The event in our names, with the values known only now. The id is the first key: that is how lines are recognised.
 */
function completed(event: Json, env: NonNullable<Origin['env']>): Json {
  const plain = plainEvent(event);
  const surrounding: Json = {
    task_id: filled(env[joining.task]),
    phase: filled(env[joining.phase]),
    session_id: filled(env.CLAUDE_CODE_SESSION_ID),
    parent_id: filled(env[joining.command]),
  };
  return {
    event_id: plain.event_id ?? randomUUID(),
    timestamp: new Date().toISOString(),
    ...Object.fromEntries(Object.entries(surrounding).filter(([, value]) => value !== undefined)),
    ...plain,
  };
}

/** A project and its log, or what is wrong with its settings. */
interface Place {
  project: string;
  log: ProjectLog | string | undefined;
}

/** How long the result of a lookup on disk is reused, milliseconds. */
const FRESH_MS = 1_000;

const placeOf = remembered((cwd: string): Place => ({ project: nameOf(cwd), log: logOf(cwd) }));

/** The project's name; empty if its repository cannot be read. */
function nameOf(cwd: string): string {
  try {
    return projectOf(cwd);
  } catch {
    return '';
  }
}

function logOf(cwd: string): Place['log'] {
  try {
    return projectLog(cwd);
  } catch (error) {
    return lineOf(error);
  }
}

/** The settings needed here. A mistake in another setting must not lose events: `atel status` reports it. */
function settingsOf(env: NonNullable<Origin['env']>): { home: string; enabled: boolean } {
  const ours = Object.entries(env).filter(([name]) =>
    /^(?:AGENT_TELEMETRY_|TINYBIRD_|XDG_CONFIG_HOME$)/.test(name),
  );
  return settingsFrom(JSON.stringify(ours), Object.fromEntries(ours));
}

const settingsFrom = remembered((_key, env: NonNullable<Origin['env']>) => {
  try {
    return loadConfig({ ...processSources(), env });
  } catch {
    const home = env.AGENT_TELEMETRY_HOME ?? '';
    return {
      home: isAbsolute(home) ? home : join(processSources().homeDir, '.agent-telemetry'),
      enabled: !/^(?:0|false|no|off)$/i.test(env.AGENT_TELEMETRY_ENABLED ?? ''),
    };
  }
});

/** Wraps a function so that its last result is reused for a second, for the same key. */
function remembered<T, Rest extends unknown[]>(
  look: (key: string, ...rest: Rest) => T,
): (key: string, ...rest: Rest) => T {
  let last: { key: string; at: number; found: T } | undefined;
  return (key, ...rest) => {
    const now = Date.now();
    if (last?.key !== key || now - last.at > FRESH_MS || now < last.at)
      last = { key, at: now, found: look(key, ...rest) };
    return last.found;
  };
}

function filled(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

function lineOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}
