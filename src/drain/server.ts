/** Starts the embedded server in the background and checks whether it answers. */
import { spawn } from 'node:child_process';
import { closeSync, statSync } from 'node:fs';
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../base/config.js';
import type { HomePaths } from '../base/home.js';
import { SERVER_ENVIRONMENT } from '../base/thread-pool.js';
import { noteStarting, START_LIMIT_MS } from './starting.js';
import { openToAppend } from '../base/regular-file/open.js';

/** Time limit for the server of another process to get ready, milliseconds. */
const RIVAL_LIMIT_MS = 45_000;

/** Whether any program answers at the address. */
export async function isServing(baseUrl: string): Promise<boolean> {
  return (await answerOf(new URL('/health', baseUrl)))?.status === 200;
}

/** Whether the program that answers is a store, with or without the catalogue. */
export async function isStore(config: Config): Promise<boolean> {
  return (await askForPipe(config))?.isJson === true;
}

/**
 * Whether the store has the catalogue. A server answers before its tables exist, and would refuse rows that come too
 * early.
 */
async function isReady(config: Config): Promise<boolean> {
  if (!(await isServing(config.tinybird_url))) return false;
  const answer = await askForPipe(config);
  return answer !== null && answer.status !== 404;
}

function askForPipe({ tinybird_url, read_token }: Config): Promise<Answer | null> {
  return answerOf(new URL('/v0/pipes/usage_context', tinybird_url), read_token);
}

interface Answer {
  status: number | undefined;
  isJson: boolean;
}

/** The answer of an address; null if there is none within a second. */
function answerOf(url: URL, token?: string): Promise<Answer | null> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return new Promise((resolve) => {
    const request = get(url, { timeout: 1_000, headers }, (response) => {
      // The body is not needed, and another program's may never end.
      response.destroy();
      const { statusCode, headers } = response;
      resolve({
        status: statusCode,
        isJson: headers['content-type']?.startsWith('application/json') === true,
      });
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(null));
  });
}

/**
 * Starts the embedded server in the background if none answers, and waits until it is ready.
 *
 * @param cli the built command line, `dist/cli.js`
 * @returns whether a server answers now; the reason for a failed start is in the log
 */
export async function ensureServer(
  config: Config,
  paths: HomePaths,
  cli = programFile(paths),
): Promise<boolean> {
  if (await isReady(config)) return true;
  let deadline = Date.now() + RIVAL_LIMIT_MS;
  if (!(await isServing(config.tinybird_url))) {
    deadline = Date.now() + START_LIMIT_MS;
    // Our server gives up if another process has locked the data folder.
    startServer(config, paths, cli, () => {
      const takenAt = statSync(paths.serverLock, { throwIfNoEntry: false })?.mtimeMs;
      deadline = Math.min(deadline, rivalDeadline(takenAt, Date.now()));
    });
  }
  while (Date.now() < deadline) {
    if (await isReady(config)) return true;
    await sleep(50);
  }
  return isServing(config.tinybird_url);
}

/**
 * How long to wait for the server of another process after ours has given up: a server that is just starting gets its
 * full time; one that has had its time and does not answer gets none.
 *
 * @param takenAt when it locked the data folder; undefined if no process has locked it
 */
export function rivalDeadline(takenAt: number | undefined, now: number): number {
  return takenAt === undefined ? now : Math.min(takenAt + START_LIMIT_MS, now + RIVAL_LIMIT_MS);
}

function startServer(config: Config, paths: HomePaths, cli: string, onEnd: () => void): void {
  const output = openToAppend(paths.log);
  const child = spawn(process.execPath, [cli, 'up', '--background'], {
    detached: true,
    stdio: ['ignore', output, output],
    cwd: paths.home,
    env: {
      ...serverEnvironment(process.env),
      AGENT_TELEMETRY_HOME: config.home,
      ...SERVER_ENVIRONMENT,
    },
  });
  closeSync(output);
  child.on('error', onEnd).on('exit', onEnd);
  child.unref();
  // Its own note comes only after Node has loaded it.
  if (child.pid !== undefined) noteStarting(paths, child.pid);
}

/**
 * The environment variables that the server gets. It outlives the session that started it, and must not hold the
 * client's keys. Whether it was started within Claude Code decides what a variable may set (config.ts).
 */
function serverEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const needed =
    /^(PATH|HOME|USER|LANG|LC_.*|TZ|TMPDIR|XDG_.*|NODE_EXTRA_CA_CERTS|CLAUDECODE|CLAUDE_PROJECT_DIR|AGENT_TELEMETRY_.*|TINYBIRD_.*)$/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => needed.test(name)));
}

function programFile(paths: HomePaths): string {
  return `${paths.program}/cli.js`;
}
