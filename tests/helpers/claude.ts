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

/** What the client says about its run (`--output-format json`); money in USD. */
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

/** How to run the client once. */
export interface ClaudeOptions {
  sandbox: Sandbox;
  api: ScriptedApi;
  /** The user's text, with a plan for the scripted API: `PLAN: …`, or typed as a skill: `/release-notes PLAN: …`. */
  prompt: string;
  /** Default: claude-opus-4-8. */
  model?: string;
  /** The new session's id (a UUID). */
  sessionId?: string;
  /** The session to go on with. */
  resume?: string;
  /** With `resume`: go on in a new session. */
  fork?: boolean;
  /** Default: json. */
  outputFormat?: 'json' | 'stream-json';
  /** More arguments for the client. */
  args?: string[];
  /** More environment variables for the client, or others than the usual ones. */
  env?: Record<string, string>;
  /** Default: the project. */
  cwd?: string;
  /** Default: the client of this repository. */
  binary?: string;
  /** Default: 45 000. */
  timeoutMs?: number;
}

/** One finished run. */
export interface ClaudeRun {
  exitCode: number | null;
  stdout: string;
  stderr: string;
  result: ClaudeResult;
  /** The requests that the API answered while the client ran; all its own as long as no other client used the API. */
  requests: AnsweredRequest[];
}

/**
 * Runs the real client in a sandbox (`claude -p PROMPT`) with an environment of its own: nothing of the developer's
 * reaches it. Rejects where the client gave no result or took longer than the timeout.
 */
export async function runClaude(options: ClaudeOptions): Promise<ClaudeRun> {
  const { sandbox, api, timeoutMs = 45_000 } = options;
  const before = api.requests.length;
  const timeout = AbortSignal.timeout(timeoutMs);
  const child = spawn(options.binary ?? clientBinary(), argumentsOf(options), {
    cwd: options.cwd ?? sandbox.project,
    env: { ...environmentOf(sandbox, api), ...options.env },
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
    // On the command line rather than in a settings file: those belong to what is being tested.
    '--allowedTools=Bash,Read,Write,Edit,Skill,Agent',
    ...(options.sessionId === undefined ? [] : ['--session-id', options.sessionId]),
    ...(options.resume === undefined ? [] : ['--resume', options.resume]),
    ...(options.fork === true ? ['--fork-session'] : []),
    ...(options.args ?? []),
  ];
}

function environmentOf(sandbox: Sandbox, api: ScriptedApi): Record<string, string> {
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
    // What `haiku` means differs from client to client.
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
