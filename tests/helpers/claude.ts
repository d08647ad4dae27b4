/** Runs the real Claude Code client with the scripted API. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, dirname } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { z } from 'zod';
import { clientBinary } from './client-binary.js';
import type { Sandbox } from './sandbox.js';
import type { AnsweredRequest, ScriptedApi } from './scripted-api.js';

export { clientBinary } from './client-binary.js';
export { createSandbox } from './sandbox.js';

/** The client's report of its run (`--output-format json`); costs in USD. */
const claudeResult = z.looseObject({
  type: z.literal('result'),
  subtype: z.string(),
  is_error: z.boolean(),
  result: z.string().optional(),
  session_id: z.string(),
  num_turns: z.number(),
  total_cost_usd: z.number(),
  modelUsage: z.record(
    z.string(),
    z.looseObject({
      inputTokens: z.number(),
      outputTokens: z.number(),
      cacheReadInputTokens: z.number(),
      cacheCreationInputTokens: z.number(),
      costUSD: z.number(),
    }),
  ),
});
type ClaudeResult = z.infer<typeof claudeResult>;

/** Options for one run of the client. */
export interface ClaudeOptions {
  sandbox: Sandbox;
  api: ScriptedApi;
  /** The user's prompt, with a plan for the scripted API: `PLAN: …`, or typed as a skill: `/release-notes PLAN: …`. */
  prompt: string;
  /** Default: claude-opus-4-8. */
  model?: string;
  /** The new session's id (a UUID). */
  sessionId?: string;
  /** Id of the session to continue. */
  resume?: string;
  /** With `resume`: continue in a new session. */
  fork?: boolean;
  /** Default: json. */
  outputFormat?: 'json' | 'stream-json';
  /** More arguments for the client. */
  args?: string[];
  /** More environment variables for the client, or other values for the usual ones. */
  env?: Record<string, string>;
  /** Default: the project. */
  cwd?: string;
  /** Default: the client in this repository's node_modules. */
  binary?: string;
  /** Default: 45 000. */
  timeoutMs?: number;
}

/** The result of one run. */
export interface ClaudeRun {
  exitCode: number | null;
  stdout: string;
  stderr: string;
  result: ClaudeResult;
  /**
   * The requests that the API answered while the client ran. They are all from this client if no other one used the
   * API.
   */
  requests: AnsweredRequest[];
}

/**
 * Runs the real client in a sandbox (`claude -p PROMPT`) with a separate environment, without anything of the
 * developer's. Rejects if the client gives no result or exceeds the timeout.
 */
export async function runClaude(options: ClaudeOptions): Promise<ClaudeRun> {
  const { sandbox, api, timeoutMs = 45_000 } = options;
  const before = api.requests.length;
  const timeout = AbortSignal.timeout(timeoutMs);
  const child = spawn(options.binary ?? clientBinary(), argumentsOf(options), {
    cwd: options.cwd ?? sandbox.project,
    env: { ...clientEnvironment(sandbox, api), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: timeout,
    killSignal: 'SIGKILL',
  });
  const ended = once(child, 'close').catch((error: unknown) => {
    if (timeout.aborted) throw new Error(`claude ran longer than ${timeoutMs} ms: ${options.prompt}`);
    throw error;
  });
  const [stdout, stderr] = await Promise.all([readText(child.stdout), readText(child.stderr), ended]);

  const result = resultIn(stdout);
  if (result === undefined) {
    throw new Error(`claude ended (${String(child.exitCode)}) without a result\n${stdout}\n${stderr}`);
  }
  return { exitCode: child.exitCode, stdout, stderr, result, requests: api.requests.slice(before) };
}

function argumentsOf(options: ClaudeOptions): string[] {
  const format = options.outputFormat ?? 'json';
  return [
    '--print',
    options.prompt,
    '--output-format',
    format,
    ...(format === 'stream-json' ? ['--verbose'] : []),
    '--model',
    options.model ?? 'claude-opus-4-8',
    // On the command line and not in a settings file, because tests are about the settings files.
    '--allowedTools=Bash,Read,Write,Edit,Skill,Agent',
    ...(options.sessionId === undefined ? [] : ['--session-id', options.sessionId]),
    ...(options.resume === undefined ? [] : ['--resume', options.resume]),
    ...(options.fork === true ? ['--fork-session'] : []),
    ...(options.args ?? []),
  ];
}

/** The environment of a client in a sandbox: nothing of the developer's. */
export function clientEnvironment(sandbox: Sandbox, api: ScriptedApi): Record<string, string> {
  return {
    PATH: [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter),
    HOME: sandbox.home,
    USERPROFILE: sandbox.home,
    TMPDIR: sandbox.root,
    GIT_CONFIG_NOSYSTEM: '1',
    IS_SANDBOX: '1',
    DISABLE_AUTOUPDATER: '1',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    ANTHROPIC_BASE_URL: api.url,
    ANTHROPIC_API_KEY: 'dummy',
    // `haiku` means different models in different versions of the client.
    ANTHROPIC_DEFAULT_HAIKU_MODEL: 'claude-haiku-4-5-20251001',
  };
}

/** The last result object on stdout: the only line in `json`, one of many in `stream-json`. */
function resultIn(stdout: string): ClaudeResult | undefined {
  const objects = stdout.split('\n').flatMap((line): unknown[] => {
    try {
      return [JSON.parse(line)];
    } catch {
      return [];
    }
  });
  return objects.flatMap((each) => claudeResult.safeParse(each).data ?? []).at(-1);
}
