import { spawn } from 'node:child_process';
import { closeSync, statSync } from 'node:fs';
import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../base/config.js';
import type { HomePaths } from '../base/home.js';
import { openToAppend } from '../base/regular-file/open.js';

/** How long a server may take from its start to its first answer, milliseconds. */
const START_LIMIT_MS = 60_000;

/** How long another process's server may take to get ready, milliseconds. */
const RIVAL_LIMIT_MS = 45_000;

/** Each query of the engine holds a thread of Node's pool, which files need, too; Node's own number is 4. */
export const SERVER_ENVIRONMENT = { UV_THREADPOOL_SIZE: '16' };

/** Whether something answers at the address. */
export async function isServing(baseUrl: string): Promise<boolean> {
  return (await answerOf(new URL('/health', baseUrl)))?.status === 200;
}

/** Whether what answers there is a store, with or without the catalogue, and not some other program. */
export async function isStore(config: Config): Promise<boolean> {
  return (await askForPipe(config))?.isJson === true;
}

/**
 * Whether the store has the catalogue. A server answers from its first moment on, before its tables are there:
 * rows that came too early would be told that there is no such table.
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

/** What an address answers; null if it does not within a second. */
function answerOf(url: URL, token?: string): Promise<Answer | null> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return new Promise((resolve) => {
    const request = get(url, { timeout: 1_000, headers }, (response) => {
      response.resume();
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
 * @returns whether a server answers now; its own reason for not starting is in the log
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
    // Ours gives up where another process has the folder.
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
 * Until when another process's server is waited for once ours has ended: one that starts at this moment gets its
 * time; one that has had it, and answers nobody, none.
 *
 * @param takenAt when it took the data folder; undefined where nobody has it
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
}

/**
 * What the server may know of the environment it was started from. It outlives the session that started it,
 * and the client's keys are no business of it.
 */
function serverEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const needed =
    /^(PATH|HOME|USER|LANG|LC_.*|TZ|TMPDIR|XDG_.*|NODE_EXTRA_CA_CERTS|AGENT_TELEMETRY_.*|TINYBIRD_.*)$/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => needed.test(name)));
}

function programFile(paths: HomePaths): string {
  return `${paths.program}/cli.js`;
}
