/** Starts `atel up` for a test and puts captured hook payloads into its inbox. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { SERVER_ENVIRONMENT } from '../../src/base/thread-pool.js';
import { createTinybirdClient } from '../../src/store/client.js';
import type { TinybirdClient } from '../../src/store/client-types.js';
import { capturedPayloads, transcriptsFolder } from './captures.js';
import { cli, runCommand } from './command-host.js';
import { freePort } from './ports.js';
import { prepareStore } from './prepared-store.js';
import { run, type ProcessResult } from './process.js';
import { startStrictCloud } from './strict-cloud.js';
import { removeFolder } from './temp.js';
import { testClient } from './test-client.js';

export { cli };

/** A running `atel up` with its own ports and telemetry folder. */
export interface RunningAtel {
  url: string;
  /** Addresses of the API and of the dashboard. */
  apiUrl: string;
  dashboardUrl: string;
  home: string;
  /** Environment with which a hook or a command finds it. */
  env: Record<string, string>;
  client: TinybirdClient;
  /** Runs an `atel` command. Commands that must run at the same time need `run`. */
  command(...args: string[]): Promise<ProcessResult>;
  /** Puts the captured hook payloads and transcripts into the inbox, as if they had been recorded here, and drains. */
  loadCaptures(options?: LoadOptions): Promise<void>;
  residentMegabytes(): number;
  /** The most memory that it has used since its start. */
  peakMegabytes(): number;
  /** CPU time that it has used since its start, seconds. */
  cpuSeconds(): number;
  /** Ends it, by default with SIGTERM. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

interface LoadOptions extends InboxOptions {
  /** How many times the whole session is captured before the drain. Default: 1. */
  times?: number;
}

/** How captured payloads are put into the inbox. */
export interface InboxOptions {
  /** The project folder of the sessions, instead of the captured one. */
  project?: string;
  /**
   * Time of each payload, by its index in the captures; milliseconds since 1970. Default: from a minute ago, one
   * millisecond apart.
   */
  at?: (index: number) => number;
  /** Selects payloads by their index in the captures. Default: all. */
  only?: (index: number) => boolean;
  /** Folder of the transcripts. Default: that of the captures. */
  transcripts?: string;
}

/** Whether `atel up` is started over a stand-in for Tinybird Cloud, unless a test chooses the embedded store. */
const isOverCloud = process.env.ATEL_TEST_CLOUD !== undefined && process.env.ATEL_TEST_CLOUD !== '';

/** How to start `atel up`. */
interface StartOptions {
  home: string;
  /** The user's home, with the settings of Claude Code. Default: the telemetry folder. */
  userHome?: string;
  /** The program to run; its first start deploys its own catalogue. Default: that of this repository. */
  program?: string;
  port?: number;
  /** More arguments of `atel up`. */
  args?: readonly string[];
  /** More environment variables. */
  env?: Record<string, string>;
}

/**
 * Starts `atel up` as a process and waits for its ready line. If it prints something else, throws that. With
 * ATEL_TEST_CLOUD its store is a strict stand-in for Tinybird Cloud.
 */
export function startAtel(options: StartOptions): Promise<RunningAtel> {
  const isPlain =
    options.port === undefined && options.program === undefined && options.env?.TINYBIRD_URL === undefined;
  return isOverCloud && isPlain ? startOverCloud(options) : startEmbedded(options);
}

/** Starts `atel up` over a strict stand-in for Tinybird Cloud, which has the catalogue. */
async function startOverCloud(options: StartOptions): Promise<RunningAtel> {
  const workspace = mkdtempSync(join(tmpdir(), 'atel-cloud-'));
  const behind = await startEmbedded({ home: workspace });
  const { tokens } = tokenList.parse(
    await (await fetch(`${behind.url}/v0/tokens`, { headers: { authorization: 'Bearer local' } })).json(),
  );
  const valueOf = (name: string) => tokens.find((one) => one.name === name)?.token ?? '';
  const token = { append: valueOf('agent_telemetry_append'), read: valueOf('agent_telemetry_read') };
  const cloud = await startStrictCloud(behind.url, { tokens: Object.values(token) });
  const here = await startEmbedded({
    ...options,
    env: {
      ...options.env,
      TINYBIRD_URL: cloud.url,
      AGENT_TELEMETRY_APPEND_TOKEN: token.append,
      AGENT_TELEMETRY_READ_TOKEN: token.read,
    },
  });
  return {
    ...here,
    url: behind.url,
    client: createTinybirdClient({ baseUrl: behind.url, token, timeoutMs: 60_000 }),
    stop: async (signal) => {
      await here.stop(signal);
      await cloud[Symbol.asyncDispose]();
      await behind.stop();
      await removeFolder(workspace);
      if (cloud.undocumented.length > 0)
        throw new Error(`not part of Tinybird Cloud: ${[...new Set(cloud.undocumented)].join(', ')}`);
    },
  };
}

const tokenList = z.object({ tokens: z.array(z.object({ name: z.string(), token: z.string() })) });

async function startEmbedded(options: StartOptions): Promise<RunningAtel> {
  const port = options.port ?? (await freePort());
  const env = {
    AGENT_TELEMETRY_HOME: options.home,
    TINYBIRD_URL: `http://localhost:${port}`,
    AGENT_TELEMETRY_OTLP_GRPC_PORT: String(await freePort()),
    AGENT_TELEMETRY_COLLECTOR_PORT: String(await freePort()),
    AGENT_TELEMETRY_API_PORT: String(await freePort()),
    AGENT_TELEMETRY_DASHBOARD_PORT: String(await freePort()),
    // A drain that runs after the end of a test starts a background server, which must end soon.
    AGENT_TELEMETRY_IDLE_MINUTES: '0.2',
    // With these, `atel up` serves in the process that was started, instead of a child, so that tests can measure and
    // kill it.
    ...SERVER_ENVIRONMENT,
    ...options.env,
  };
  const whole = { PATH: process.env.PATH ?? '', HOME: options.userHome ?? options.home, ...env };
  const program = options.program ?? cli;
  if (options.program === undefined && options.env?.TINYBIRD_URL === undefined)
    prepareStore(join(options.home, 'store'));
  const child = spawn(process.execPath, [program, 'up', ...(options.args ?? [])], {
    env: whole,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  await new Promise<void>((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      said += chunk.toString();
      if (/^ready/m.test(said)) resolve();
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.on('exit', (code) => reject(new Error(`atel up ended with ${code}: ${said}`)));
  });
  const megabytes = (what: 'VmRSS' | 'VmHWM') => {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    return Math.round(Number(new RegExp(`${what}:\\s+(\\d+)`).exec(status)?.[1]) / 1024);
  };
  const command = (...args: string[]) =>
    program === cli
      ? runCommand(args, { env: whole })
      : run(process.execPath, [program, ...args], { env: whole });
  return {
    url: env.TINYBIRD_URL,
    apiUrl: `http://127.0.0.1:${env.AGENT_TELEMETRY_API_PORT}`,
    dashboardUrl: `http://127.0.0.1:${env.AGENT_TELEMETRY_DASHBOARD_PORT}`,
    home: options.home,
    env,
    client: testClient(env.TINYBIRD_URL),
    command,
    loadCaptures: async ({ times = 1, ...how } = {}) => {
      for (let n = 0; n < times; n += 1) fillInbox(options.home, how);
      const { code, stderr } = await command('flush');
      if (code !== 0) throw new Error(`flush failed: ${stderr}`);
    },
    residentMegabytes: () => megabytes('VmRSS'),
    peakMegabytes: () => megabytes('VmHWM'),
    cpuSeconds: () => {
      // After the name in parentheses: the 12th and 13th value are the ticks (of 10 ms) in user and in system mode.
      const ticks = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      return (Number(ticks[11]) + Number(ticks[12])) / 100;
    },
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.removeAllListeners('exit');
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill(signal);
      await gone;
    },
  };
}

/** Project folder of the captured sessions. */
const CAPTURED_PROJECT = '/home/dev/shop';

let captured = 0;

/** Writes the captured payloads to the inbox, with times in their order; `options` sets project and transcripts. */
export function fillInbox(home: string, options: InboxOptions = {}): void {
  const inbox = join(home, 'inbox');
  mkdirSync(inbox, { recursive: true, mode: 0o700 });
  const start = Date.now() - 60_000;
  const at = options.at ?? ((index: number) => start + index);
  for (const [index, text] of localPayloads(options).entries()) {
    if (options.only?.(index) === false) continue;
    // Like a hook: complete, and with its time set, before a drain can see it.
    const unfinished = join(inbox, `.${captured}-${index}`);
    writeFileSync(unfinished, text, { mode: 0o600 });
    utimesSync(unfinished, new Date(at(index)), new Date(at(index)));
    renameSync(unfinished, join(inbox, `${captured}-${index}.json`));
  }
  captured += 1;
}

/** The captured payloads, with paths as if the sessions had used this project and these transcripts. */
export function localPayloads({
  project = CAPTURED_PROJECT,
  transcripts = transcriptsFolder,
}: Pick<InboxOptions, 'project' | 'transcripts'> = {}): string[] {
  return capturedPayloads().map(({ text }) =>
    text
      .replaceAll('/home/dev/.claude/projects/-home-dev-shop', transcripts)
      .replaceAll(`"cwd":"${CAPTURED_PROJECT}"`, `"cwd":${JSON.stringify(project)}`),
  );
}
