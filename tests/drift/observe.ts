/** Drives a client through scripted scenarios and records the shape of everything that it emits. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { clientEnvironment, createSandbox, runClaude, type ClaudeOptions } from '../helpers/claude.js';
import type { Usage } from '../helpers/message.js';
import { startOtlpReceiver, type OtlpReceiver } from '../helpers/otlp-receiver.js';
import { run } from '../helpers/process.js';
import { readLines, type Sandbox } from '../helpers/sandbox.js';
import { startScriptedApi, type ScriptedApi } from '../helpers/scripted-api.js';
import type { Contract } from './contract.js';
import { apiRequestsIn, recordsIn } from './otlp-records.js';
import { addShape, addType, type Shape } from './shape.js';

/** The events whose hooks are installed: all known ones, except WorktreeCreate, whose hook must make the worktree. */
const HOOK_EVENTS = `PreToolUse PostToolUse PostToolUseFailure PostToolBatch Notification UserPromptSubmit
UserPromptExpansion SessionStart SessionEnd Stop StopFailure SubagentStart SubagentStop PreCompact PostCompact
PreModelSwitch PostModelSwitch PermissionRequest PermissionDenied Setup TeammateIdle TaskCreated TaskCompleted
Elicitation ElicitationResult ConfigChange WorktreeRemove InstructionsLoaded CwdChanged FileChanged DirectoryAdded
MessageDisplay PreSkillShellCommand`.split(/\s+/);

/** The models whose prices are solved from the client's own costs. */
const PRICED_MODELS = ['claude-opus-5-5', 'claude-sonnet-5-5', 'claude-haiku-5-5', 'claude-opus-4-8'];

const SESSION = '11111111-1111-4111-8111-111111111111';

/** Tokens of the one component that a request of the price scenario has; below every band of prices. */
const PRICED_TOKENS = 50_000;

export interface ObserveOptions {
  /** The client's executable. */
  binary: string;
  /** Whether to solve prices, too. Default: true. */
  prices?: boolean;
  /** Called before each scenario with its name. */
  progress?: (scenario: string) => void;
}

/** Runs all scenarios once, in a sandbox of their own. Rejects if the client does not run. */
export async function observe({
  binary,
  prices = true,
  progress = () => undefined,
}: ObserveOptions): Promise<Contract> {
  await using api = await startScriptedApi();
  await using sandbox = await createSandbox();
  await using receiver = await startOtlpReceiver();
  const folders = await install(sandbox);
  const contract: Contract = {
    version: await versionOf(binary, sandbox, api),
    hook_events: null,
    hooks: {},
    transcript: {},
    otel: {},
    result: {},
    status_line: null,
    costs: {},
  };

  const env = otelEnvironment(receiver);
  const runs: Omit<ClaudeOptions, 'sandbox' | 'api'>[] = [
    {
      sessionId: SESSION,
      prompt: `PLAN: bash ls ; read ${sandbox.project}/README.md ; agent Explore foreground <<PLAN: bash ls -a ; say found it>> + agent reviewer foreground <<PLAN: bash git log --oneline ; say reviewed>> ; skill release-notes ; bash false ; write ${sandbox.project}/notes.txt ; call mcp__calc__add {"a":1,"b":2} ; say finished`,
    },
    { resume: SESSION, prompt: 'PLAN: bash echo two ; say second' },
    { resume: SESSION, fork: true, prompt: 'PLAN: bash echo three ; say third' },
    { resume: SESSION, prompt: '/compact' },
    { prompt: '/release-notes PLAN: bash echo typed ; say ok', outputFormat: 'stream-json' },
    {
      prompt:
        'PLAN: overloaded once ; agent reviewer background <<PLAN: bash sleep 1 ; say reviewed>> ; say waiting ; say heard',
      outputFormat: 'stream-json',
    },
  ];
  for (const options of runs) {
    progress(options.prompt.slice(0, 60));
    const mcp = [
      '--mcp-config',
      folders.mcpConfig,
      '--allowedTools=Bash,Read,Write,Edit,Skill,Agent,mcp__calc__add',
    ];
    const { result } = await runClaude({ sandbox, api, binary, env, args: mcp, ...options });
    addShape(contract.result, result, 4);
  }
  progress('an interactive session');
  await runInteractively(binary, sandbox, api, env, folders.statusLines);

  for (const { name, value } of await jsonFiles(folders.hooks)) {
    addShape((contract.hooks[name] ??= {}), value, 4);
  }
  for (const { value } of await jsonFiles(folders.statusLines)) {
    addShape((contract.status_line ??= {}), value, 4);
  }
  for (const file of await sandbox.transcripts()) await addTranscript(contract.transcript, file);
  for (const { kind, fields } of recordsIn(receiver)) {
    const shape: Shape = (contract.otel[kind] ??= {});
    for (const [field, type] of fields) addType(shape, field, type);
  }
  if (prices) {
    for (const model of PRICED_MODELS) {
      progress(`prices of ${model}`);
      contract.costs[model] = await pricesOf(model, binary);
    }
  }
  return contract;
}

interface Folders {
  hooks: string;
  statusLines: string;
  mcpConfig: string;
}

/** Installs hooks that keep their payloads, a status line that keeps its input, and an MCP server. */
async function install(sandbox: Sandbox): Promise<Folders> {
  const hooks = join(sandbox.root, 'hooks');
  const statusLines = join(sandbox.root, 'status-lines');
  await Promise.all([hooks, statusLines].map((folder) => mkdir(folder)));
  const keep = (folder: string, name: string): string => `cat > "$(mktemp '${folder}/${name}.XXXXXXXX')"`;
  const settings = {
    hooks: Object.fromEntries(
      HOOK_EVENTS.map((event) => [event, [{ hooks: [{ type: 'command', command: keep(hooks, event) }] }]]),
    ),
    statusLine: { type: 'command', command: keep(statusLines, 'statusLine') },
  };
  await sandbox.write('.claude/settings.json', JSON.stringify(settings));
  const mcpConfig = await sandbox.write(
    'mcp.json',
    JSON.stringify({
      mcpServers: {
        calc: { command: process.execPath, args: [join(import.meta.dirname, 'mcp-server.mjs')] },
      },
    }),
  );
  return { hooks, statusLines, mcpConfig };
}

/** Short export intervals, because a run lasts only seconds. */
function otelEnvironment(receiver: OtlpReceiver): Record<string, string> {
  return {
    CLAUDE_CODE_ENABLE_TELEMETRY: '1',
    CLAUDE_CODE_ENHANCED_TELEMETRY_BETA: '1',
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_LOGS_EXPORTER: 'otlp',
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    OTEL_METRIC_EXPORT_INTERVAL: '1000',
    OTEL_LOGS_EXPORT_INTERVAL: '500',
    OTEL_TRACES_EXPORT_INTERVAL: '500',
  };
}

async function versionOf(binary: string, sandbox: Sandbox, api: ScriptedApi): Promise<string> {
  const { stdout } = await run(binary, ['--version'], { env: clientEnvironment(sandbox, api) });
  const version = /^\d+\.\d+\.\d+/.exec(stdout)?.[0];
  if (version === undefined) throw new Error(`${binary} --version printed no version: ${stdout}`);
  return version;
}

/**
 * Runs one prompt in a terminal and leaves with /exit once the status line has been drawn. Does nothing where the
 * program `script`, which makes the terminal, is missing.
 */
async function runInteractively(
  binary: string,
  sandbox: Sandbox,
  api: ScriptedApi,
  env: Record<string, string>,
  statusLines: string,
): Promise<void> {
  if (process.platform !== 'linux' || !existsSync('/usr/bin/script')) return;
  const child = spawn(
    'script',
    [
      '-qfec',
      `stty rows 40 cols 120; exec '${binary}' --model claude-opus-4-8 'PLAN: bash ls ; say hello'`,
      '/dev/null',
    ],
    {
      cwd: sandbox.project,
      env: { ...clientEnvironment(sandbox, api), ...env, TERM: 'xterm-256color', SHELL: '/bin/sh' },
      stdio: ['pipe', 'ignore', 'ignore'],
    },
  );
  const ended = new Promise((resolve) => child.once('close', resolve));
  const started = api.requests.length;
  await untilTrue(
    async () => api.requests.length > started + 1 && (await readdir(statusLines)).length > 1,
    30_000,
  );
  await sleep(1500); // The client draws the status line again after the answer, at an unknown moment.
  child.stdin.write('/exit');
  await sleep(300); // A pasted text with a line break is not sent; typed keys are.
  child.stdin.write('\r');
  await Promise.race([ended, sleep(15_000)]);
  child.kill('SIGKILL');
}

async function untilTrue(check: () => Promise<boolean>, limitMs: number): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (Date.now() < deadline && !(await check())) await sleep(100);
}

async function jsonFiles(folder: string): Promise<{ name: string; value: unknown }[]> {
  const files = await readdir(folder);
  return Promise.all(
    files.sort().map(async (file) => ({
      name: basename(file).split('.')[0] ?? '',
      value: JSON.parse(await readFile(join(folder, file), 'utf8')) as unknown,
    })),
  );
}

/** Lines that hold whole requests: their inner keys are the Messages API's, not the client's. */
const SHALLOW = /^(attachment\/prompt_snapshot|api-request)/;

async function addTranscript(shapes: Contract['transcript'], file: string): Promise<void> {
  for (const line of await readLines(file)) {
    const attachment = line.attachment as { type?: unknown } | undefined;
    const detail = line.subtype ?? attachment?.type;
    const kind = [line.type, detail].filter((each) => typeof each === 'string').join('/');
    addShape((shapes[kind] ??= {}), line, SHALLOW.test(kind) ? 2 : 5);
  }
}

const NO_TOKENS: Usage = {
  input_tokens: 0,
  output_tokens: 0,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: 0,
  cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
  service_tier: 'standard',
};

/** The usage of a request that has only one component. */
const components: Record<string, Partial<Usage>> = {
  input: { input_tokens: PRICED_TOKENS },
  output: { output_tokens: PRICED_TOKENS },
  write_5m: {
    cache_creation_input_tokens: PRICED_TOKENS,
    cache_creation: { ephemeral_5m_input_tokens: PRICED_TOKENS, ephemeral_1h_input_tokens: 0 },
  },
  write_1h: {
    cache_creation_input_tokens: PRICED_TOKENS,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: PRICED_TOKENS },
  },
  read: { cache_read_input_tokens: PRICED_TOKENS },
  fast_input: { input_tokens: PRICED_TOKENS, speed: 'fast' },
  us_input: { input_tokens: PRICED_TOKENS, inference_geo: 'us' },
  // As many searches as make the price per thousand comparable with a price per million tokens.
  web_search: { server_tool_use: { web_search_requests: PRICED_TOKENS / 1000 } },
};

/** The client's price of each component: a request for each, whose cost OpenTelemetry reports. */
async function pricesOf(model: string, binary: string): Promise<Record<string, number>> {
  await using api = await startScriptedApi({
    usage: ({ step }) => ({ ...NO_TOKENS, ...components[step.replace('bash echo ', '')] }),
  });
  await using sandbox = await createSandbox();
  await using receiver = await startOtlpReceiver();
  const names = Object.keys(components);
  await runClaude({
    sandbox,
    api,
    binary,
    model,
    env: otelEnvironment(receiver),
    prompt: `PLAN: ${names.map((name) => `bash echo ${name}`).join(' ; ')} ; say done`,
  });
  const costs = new Map(apiRequestsIn(receiver).map(({ request_id, cost_usd }) => [request_id, cost_usd]));
  const prices: Record<string, number> = {};
  for (const name of names) {
    const request = api.requests.find(({ step }) => step === `bash echo ${name}`);
    const cost = costs.get(request?.request_id ?? '');
    if (cost === undefined) throw new Error(`${model}: no OpenTelemetry event has the cost of ${name}`);
    prices[name] = Number(((cost / PRICED_TOKENS) * 1e6).toPrecision(9));
  }
  return prices;
}
