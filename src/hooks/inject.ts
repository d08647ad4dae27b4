/** The SessionStart hook: prints the usage context for the agent. */
import { readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { configuredClient } from '../store/client.js';
import { loadConfig, type Config } from '../base/config.js';
import { homePaths, type HomePaths } from '../base/home.js';
import { readRegular } from '../base/regular-file/open.js';
import { asObject, asText, parseObject, type Json } from '../base/json/json.js';
import { projectOf } from '../signals/project.js';
import { isContext, readCachedContext, type UsageContext } from './context-cache.js';
import { contextText, resumeCost, type ContextFrame } from './context-text.js';
import { rowsOfLetter } from '../spool/names.js';
import { httpFetch } from '../store/http-fetch.js';
import { readStdin } from './stdin.js';

/**
 * The answer to a SessionStart: the figures of this project, else of all projects; fresh if they arrive within the
 * deadline, else from the cache with their age, else nothing.
 *
 * @param input the hook's payload from stdin
 * @returns the whole output of the hook; empty for none
 */
async function inject(input: string, config: Config): Promise<string> {
  const payload = parseObject(input);
  if (payload === undefined || !config.enabled) return '';
  const paths = homePaths(config.home);
  const project = projectOf(asText(payload.cwd) ?? process.cwd());
  const answer = (await freshAnswer(config, project)) ?? cachedAnswer(paths, project);
  if (answer === undefined) return '';
  const additionalContext = contextText(answer.context, {
    scope: answer.scope,
    ageMs: answer.ageMs,
    resumed: resumeCost(payload),
    telemetry: telemetryState(paths),
    alerts: alertNote(paths.home),
  });
  return JSON.stringify({ hookSpecificOutput: { hookEventName: 'SessionStart', additionalContext } });
}

/** If nothing was recorded, figures of a week may be a quarter of an hour old. */
const MAX_AGE_SECONDS = 900;

type Answer = Pick<ContextFrame, 'scope' | 'ageMs'> & { context: UsageContext };

/** Queries the store: this project first, then all projects if this one has no requests. */
async function freshAnswer(config: Config, project: string): Promise<Answer | undefined> {
  const deadline = Date.now() + config.context_deadline_ms;
  const client = configuredClient(config, {
    fetch: httpFetch,
  });
  const ask = async (params: { days: number; project?: string }) => {
    const rows = await client.usageContext.query(params, {
      timeoutMs: Math.max(1, deadline - Date.now()),
      maxAgeSeconds: MAX_AGE_SECONDS,
    });
    return rows[0];
  };
  try {
    const own = await ask({ days: 7, project });
    if (isContext(own) && own.requests > 0) return { scope: 'project', ageMs: null, context: own };
    const all = await ask({ days: 7 });
    return isContext(all) ? { scope: 'all', ageMs: null, context: all } : undefined;
  } catch {
    return undefined;
  }
}

function cachedAnswer(paths: HomePaths, project: string): Answer | undefined {
  for (const scope of ['project', 'all'] as const) {
    const cached = readCachedContext(paths.contexts, scope === 'project' ? project : '');
    if (cached !== undefined && (scope === 'all' || cached.context.requests > 0)) {
      return { scope, ageMs: Date.now() - cached.at, context: cached.context };
    }
  }
  return undefined;
}

/** The state of the spool, read from its folders: cheap, and correct while the store is down. */
function telemetryState(paths: HomePaths): ContextFrame['telemetry'] {
  return {
    waiting: sumOver(join(paths.spool, 'segments'), (name) => (isOverdue(name) ? 1 : 0)),
    deadLetters: sumOver(join(paths.spool, 'dead-letters'), rowsOfLetter),
    problem: lastProblem(paths.health),
  };
}

/** A segment's name begins with its time of writing; one of the last minute is under way, not stuck. */
function isOverdue(name: string): boolean {
  return Number.parseInt(name, 10) < Date.now() - 60_000;
}

function sumOver(folder: string, countOf: (name: string) => number): number {
  try {
    const names = readdirSync(folder).filter((name) => !name.startsWith('.'));
    return names.reduce((sum, name) => sum + countOf(name), 0);
  } catch {
    return 0;
  }
}

/** What the server last wrote of alerts that are firing; empty for none, and when it may no longer be true. */
function alertNote(home: string): string {
  const { until, note } = objectIn(`${home}/alerts.json`);
  return Date.now() < Number(until) ? (asText(note) ?? '') : '';
}

function lastProblem(path: string): string | null {
  const kind = asText(asObject(objectIn(path).problem)?.kind);
  return kind === undefined ? null : `last delivery failed (${kind.replace(/\W/g, ' ')})`;
}

/** The object in a file; an empty one if it is missing or damaged. */
function objectIn(path: string): Json {
  try {
    return parseObject(readRegular(path)) ?? {};
  } catch {
    return {};
  }
}

/** Runs as the SessionStart hook: on any failure it prints nothing and exits 0. */
export async function main(): Promise<void> {
  try {
    const output = await inject(await readStdin(), loadConfig());
    if (output !== '') writeSync(1, output);
  } catch {
    // Telemetry never breaks the user's work.
  }
  // A pending name lookup would keep the process alive.
  process.exit(0);
}
