/**
 * The promise: a secret is redacted before anything is written outside the inbox, wherever it occurs. Real processes
 * put secrets of all kinds into every field of every input; then everything that is stored or shown is searched for
 * them.
 */
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, credentials } from '@grpc/grpc-js';
import { expect, it, onTestFinished } from 'vitest';
import { writeMessage } from '../../src/signals/otel/protobuf.js';
import { cli, startAtel, type RunningAtel } from '../helpers/atel.js';
import { drainOf, endsInBackground, serverOf, until } from '../helpers/background.js';
import { run } from '../helpers/process.js';
import { closedColumns } from '../../src/datasources/closed-columns.js';
import * as routes from '../../src/api/routes/index.js';
import { startMcp } from '../helpers/mcp.js';
import { plainWord, plantedSecrets, secretNames, secretsInContext } from '../helpers/secrets.js';
import { tempFolder } from '../helpers/temp.js';

const hooks = fileURLToPath(new URL('../../.claude/hooks', import.meta.url));
const SESSION = '5f0c9a3e-1d2b-4c3d-8e4f-0a1b2c3d4e5f';
/** Two rounds, so that every secret is in fields of every kind. */
const ROUNDS = 2;

let next = 0;
/**
 * Returns the next secret, so that neighbouring fields have different ones. Every third is a password in another
 * context.
 */
function plant(): string {
  next += 1;
  const turn = Math.floor(next / 3);
  return next % 3 === 0
    ? secretsInContext[turn % secretsInContext.length]![1]
    : plantedSecrets[(next - turn) % plantedSecrets.length]!.text;
}

/** Puts a secret in place of every text, except under the names in `stay`. */
function planted(value: unknown, stay: readonly string[]): unknown {
  if (typeof value === 'string') return plant();
  if (Array.isArray(value)) return value.map((item) => planted(item, stay));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).map(([key, member]: [string, unknown]) => [
    key,
    stay.includes(key) ? member : planted(member, stay),
  ]);
  return {
    ...Object.fromEntries(members),
    ...Object.fromEntries(secretNames.map((name) => [name, plainWord])),
  };
}

const text = 'x';
const events =
  `SessionStart SessionEnd Stop StopFailure SubagentStart SubagentStop UserPromptSubmit UserPromptExpansion
  PreToolUse PostToolUse PostToolUseFailure Notification PreModelSwitch BrandNewEvent`.split(/\s+/);

function payloads(transcript: string): string[] {
  return events.flatMap((hook_event_name) =>
    Array.from({ length: ROUNDS }, (_, round) => {
      const payload = {
        hook_event_name,
        transcript_path: transcript,
        ...{ session_id: text, prompt_id: text, agent_id: text, agent_type: text, cwd: text, model: text },
        ...{ reason: text, error: text, source: text, permission_mode: text, notification_type: text },
        ...{ trigger: text, prompt: text, command_name: text, expansion_type: text, command_source: text },
        ...{ from_model: text, to_model: text, tool_use_id: text, last_assistant_message: text },
        tool_name: round % 2 === 0 ? text : 'Skill',
        tool_input: { skill: text, command: text, file_path: text },
        tool_response: { stdout: text, success: true, deep: [{ any: text }] },
        ...(round === 1 && { session_id: SESSION }),
      };
      return JSON.stringify(
        planted(payload, [
          'hook_event_name',
          'transcript_path',
          ...(round === 1 ? ['session_id'] : []),
          ...(round % 2 === 0 ? [] : ['tool_name']),
        ]),
      );
    }),
  );
}

/** Lines of a transcript with a secret in every field that is read, and in others. */
function transcriptLines(): string[] {
  return Array.from({ length: 12 }, (_, index) => {
    const timestamp = new Date(Date.now() - 600_000 + index * 1_000).toISOString();
    const shared = {
      timestamp,
      sessionId: text,
      cwd: text,
      gitBranch: text,
      promptId: text,
      uuid: text,
      version: text,
    };
    const usage = { input_tokens: 5, output_tokens: 7, service_tier: text, speed: text, inference_geo: text };
    const content = [
      { type: 'text', text },
      {
        type: 'tool_use',
        id: `toolu_${index}`,
        name: index % 2 === 0 ? text : 'Skill',
        input: { skill: text, command: text },
      },
    ];
    const stay = ['timestamp', 'type', 'id', 'tool_use_id', ...(index % 2 === 0 ? [] : ['name'])];
    const user = { type: 'user', ...shared, message: { role: 'user', content: text } };
    const assistant = {
      type: 'assistant',
      ...shared,
      ...{ requestId: text, attributionAgent: text, attributionSkill: text, agentId: text },
      message: {
        id: index % 3 === 0 ? plant() : `msg_${index}`,
        model: text,
        stop_reason: text,
        usage,
        content,
      },
    };
    const result = {
      type: 'user',
      ...shared,
      toolUseResult: text,
      message: {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: `toolu_${index}`, is_error: true, content: text }],
      },
    };
    return [user, assistant, result].map((line) => JSON.stringify(planted(line, stay)));
  }).flat();
}

const signals = ['logs', 'metrics', 'traces'] as const;
type Signal = (typeof signals)[number];

/** An OTLP request of a program with a secret in every text. */
function otlpRequest(signal: Signal, service: string): Record<string, unknown> {
  const nanos = String(BigInt(Date.now() - 60_000) * 1_000_000n);
  const any = () => ({ stringValue: plant() });
  const names =
    `model tool_name agent.name skill.name session.id prompt.id event.name error_type query_source speed
    decision_source request_id tool_use_id http.route gen_ai.request.model gen_ai.tool.name url.full exception.message
    api_key http.request.header.authorization user.email brand.new`.split(/\s+/);
  const attributes = () => [
    ...names.map((key) => ({ key, value: any() })),
    ...secretNames.map((key) => ({ key, value: { stringValue: plainWord } })),
    { key: plant(), value: any() },
    {
      key: 'nested',
      value: { kvlistValue: { values: [{ key: 'list', value: { arrayValue: { values: [any()] } } }] } },
    },
    { key: 'input_tokens', value: { intValue: '3' } },
    { key: 'output_tokens', value: { intValue: '4' } },
  ];
  const resource = {
    attributes: [{ key: 'service.name', value: { stringValue: service } }, ...attributes()],
  };
  const scope = { name: plant(), version: plant(), attributes: attributes() };
  const exemplars = [{ timeUnixNano: nanos, asDouble: 1, filteredAttributes: attributes() }];
  const ids = { traceId: Buffer.alloc(16, next % 250 || 1), spanId: Buffer.alloc(8, next % 250 || 1) };
  const point = { timeUnixNano: nanos, startTimeUnixNano: nanos, attributes: attributes(), exemplars };
  const metric = () => ({ name: plant(), description: plant(), unit: plant() });
  switch (signal) {
    case 'logs': {
      const record = () => ({ timeUnixNano: nanos, severityText: plant(), attributes: attributes() });
      const logRecords = [
        { ...record(), eventName: plant(), body: any() },
        {
          ...record(),
          eventName: 'claude_code.api_request',
          body: { stringValue: 'claude_code.api_request' },
        },
        { ...record(), eventName: 'tool_result', body: { kvlistValue: { values: attributes() } } },
      ];
      return {
        resourceLogs: [
          { resource, schemaUrl: plant(), scopeLogs: [{ scope, schemaUrl: plant(), logRecords }] },
        ],
      };
    }
    case 'metrics': {
      const metrics = [
        { ...metric(), sum: { dataPoints: [{ ...point, asDouble: 1 }], aggregationTemporality: 1 } },
        { ...metric(), gauge: { dataPoints: [{ ...point, asDouble: 1 }] } },
        { ...metric(), histogram: { dataPoints: [{ ...point, count: '1', sum: 1, bucketCounts: ['1'] }] } },
      ];
      return {
        resourceMetrics: [
          { resource, schemaUrl: plant(), scopeMetrics: [{ scope, schemaUrl: plant(), metrics }] },
        ],
      };
    }
    case 'traces': {
      const span = (name: string) => ({
        ...ids,
        ...{ name, traceState: plant(), attributes: attributes(), status: { code: 2, message: plant() } },
        ...{ startTimeUnixNano: nanos, endTimeUnixNano: nanos },
        events: [{ timeUnixNano: nanos, name: plant(), attributes: attributes() }],
        links: [{ ...ids, traceState: plant(), attributes: attributes() }],
      });
      const other = { ...span('claude_code.llm_request'), spanId: Buffer.alloc(8, 251) };
      const spans = [span(plant()), other];
      return {
        resourceSpans: [{ resource, schemaUrl: plant(), scopeSpans: [{ scope, schemaUrl: plant(), spans }] }],
      };
    }
  }
}

const messages = { logs: 'Logs', metrics: 'Metrics', traces: 'Trace' };

/** Ids are bytes, which OTLP/JSON writes as hexadecimal text. */
const asJson = (request: unknown) =>
  JSON.stringify(request, (_, value: unknown) => {
    const bytes = value as { type?: unknown; data?: number[] } | null;
    return bytes?.type === 'Buffer' ? Buffer.from(bytes.data ?? []).toString('hex') : value;
  });

async function sendOtlp({ env }: RunningAtel): Promise<void> {
  const url = `http://127.0.0.1:${env.AGENT_TELEMETRY_COLLECTOR_PORT}`;
  const grpc = new Client(`127.0.0.1:${env.AGENT_TELEMETRY_OTLP_GRPC_PORT}`, credentials.createInsecure());
  const same = (bytes: Buffer) => bytes;
  for (const signal of signals)
    for (const service of ['claude-code', 'checkout', plant()]) {
      const json = await fetch(`${url}/v1/${signal}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: asJson(otlpRequest(signal, service)),
      });
      expect(json.status, await json.text()).toBe(200);
      const bytes = () =>
        Buffer.from(writeMessage(`Export${messages[signal]}ServiceRequest`, otlpRequest(signal, service)));
      const protobuf = await fetch(`${url}/v1/${signal}`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-protobuf' },
        body: new Uint8Array(bytes()),
      });
      expect(protobuf.status).toBe(200);
      const name = `${messages[signal]}Service`;
      const path = `/opentelemetry.proto.collector.${signal === 'traces' ? 'trace' : signal}.v1.${name}/Export`;
      await new Promise<void>((resolve, reject) => {
        grpc.makeUnaryRequest(path, same, same, bytes(), (error) =>
          error === null ? resolve() : reject(error),
        );
      });
    }
  grpc.close();
}

/** The secrets found in a text, with its name. */
function leaksIn(where: string, found: string): string[] {
  return [...plantedSecrets.map(({ secret }) => secret), plainWord].flatMap((secret) => {
    const at = [secret, JSON.stringify(secret).slice(1, -1)].map((text) => found.indexOf(text));
    const first = Math.max(...at);
    return first < 0 ? [] : [`${where}: ${secret} in ${found.slice(Math.max(0, first - 80), first + 40)}`];
  });
}

function* filesBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}

const tables =
  `agent_activations alert_rules alert_evaluations api_requests requests otel_logs otel_metrics_gauge otel_metrics_histogram
  otel_metrics_sum otel_traces session_summaries skill_activations telemetry_events`.split(/\s+/);

it('no planted secret is in any table, file, answer, output or context', async () => {
  const root = tempFolder();
  const [home, claude, project] = [join(root, 'telemetry'), join(root, 'claude'), join(root, 'shop')];
  const folder = join(claude, 'projects', '-shop');
  for (const one of [home, folder, join(project, '.ll')]) mkdirSync(one, { recursive: true, mode: 0o700 });
  const transcript = join(folder, `${SESSION}.jsonl`);
  writeFileSync(transcript, `${transcriptLines().join('\n')}\n`);
  writeFileSync(
    join(folder, '00000000-1d2b-4c3d-8e4f-0a1b2c3d4e5f.jsonl'),
    `${transcriptLines().join('\n')}\n`,
  );
  symlinkSync(dirname(cli), join(home, 'program'));
  endsInBackground(home);
  const atel = await startAtel({ home });
  onTestFinished(() => atel.stop(), 60_000);
  const env: Record<string, string> = { PATH: process.env.PATH ?? '', HOME: root, ...atel.env };
  const outputs: string[] = [];
  const command = async (...args: string[]) => {
    const { code, stdout, stderr } = await atel.command(...args);
    expect(code, `atel ${args.join(' ')}: ${stderr}`).toBe(0);
    // The arguments of a new rule hold secrets.
    outputs.push(`$ atel ${args.slice(0, args[1] === 'add' ? 3 : undefined).join(' ')}\n${stdout}${stderr}`);
  };
  /** The store has five seconds to answer `status`, which a busy machine may exceed. */
  const statusNow = async (...args: string[]) => {
    await until('status finds all well', async () => {
      const { code, stdout, stderr } = await atel.command('status', ...args);
      if (code === 0) outputs.push(`$ atel status ${args.join(' ')}\n${stdout}${stderr}`);
      return code === 0;
    });
  };
  const live = new AbortController();
  onTestFinished(() => live.abort());
  let streamed = '';
  const stream = fetch(`${atel.apiUrl}/v1/live`, { signal: live.signal })
    .then(async (answer) => {
      for await (const chunk of answer.body ?? []) streamed += Buffer.from(chunk as Uint8Array).toString();
    })
    .catch(() => undefined);

  // Input: hooks by script and over HTTP, OTLP in three encodings, emit, run, a history.
  for (const [index, input] of payloads(transcript).entries()) {
    if (index % 2 === 0) await run('sh', [join(hooks, 'log-event.sh')], { input, env, cwd: project });
    else
      await fetch(`http://127.0.0.1:${env.AGENT_TELEMETRY_COLLECTOR_PORT}/v1/hooks`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: input,
      });
  }
  await sendOtlp(atel);
  const columns =
    'agent_type tool phase task_id commit_hash model skill_name prompt_id session_id note'.split(' ');
  for (let round = 0; round < 3; round += 1) {
    const values = columns.map((key) => `${key}=${plant()}`);
    const named = secretNames.map((key) => `${key}=${plainWord}`);
    // Also in the names of further values.
    values.push(...Array.from({ length: 8 }, plant).map((secret) => `${secret.replaceAll('=', ':')}=x`));
    await run(process.execPath, [cli, 'emit', 'custom', ...values, ...named], { env, cwd: project });
  }
  for (let round = 0; round < 2; round += 1)
    await run(process.execPath, [cli, 'run', '--task', plant(), '--phase', plant(), '--', 'true', plant()], {
      env,
      cwd: project,
    });
  // Rules of alerts and budgets, by command and over HTTP. They fire: any request is above 0.
  const rule = ['--metric', 'requests', '--above', '0', '--span', '24h'];
  await command('alerts', 'add', 'all', ...rule);
  await command('alerts', 'add', ['ke', `y-${'7e42f292c6912e77'.repeat(2)}`].join(''), ...rule);
  await command(
    'alerts',
    'add',
    'budget',
    '--span',
    'day',
    '--soft',
    '0.1',
    '--hard',
    '0.2',
    '--project',
    plant(),
  );
  for (const filter of ['project', 'model', 'agent', 'skill', 'branch'])
    for (let round = 0; round < ROUNDS; round += 1) {
      await command('alerts', 'add', `${filter}-${round}`, ...rule, `--${filter}`, plant());
      const answer = await fetch(`${atel.apiUrl}/v1/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          rule: `posted-${filter}-${round}`,
          ...{ metric: 'requests', above: 0, span: '24h', [filter]: plant() },
        }),
      });
      outputs.push(`POST /v1/alerts\n${await answer.text()}`);
      expect(answer.status).toBe(202);
    }
  await command('flush');
  await command('backfill', '--root', claude);
  await command('flush');

  // The tables have rows, so the search below could find secrets.
  for (const table of tables) {
    const [row] = await atel.client.sql(`SELECT count() AS rows FROM ${table} FORMAT JSON`);
    expect(Number(row?.rows), table).toBeGreaterThan(0);
  }

  // What is asked is in the store's own tables, too: with a secret as a parameter, in SQL, and in an error.
  // A secret that only its command shows is found in no sentence around the command, so none of those is here.
  for (const [round, { text: secret }] of plantedSecrets.entries()) {
    const query = new URLSearchParams({ project: secret, days: '7' });
    const failing = new URLSearchParams({ days: secret, [secret]: 'x' });
    const sql = new URLSearchParams({ q: `SELECT ${round}, '${secret.replaceAll(/['\\]/g, '')}' AS x` });
    for (const path of [
      `pipes/cost_total.json?${query.toString()}`,
      `pipes/cost_total.json?${failing.toString()}`,
    ])
      await fetch(`${atel.url}/v0/${path}`, { headers: { authorization: 'Bearer local' } });
    await fetch(`${atel.url}/v0/sql?${sql.toString()}`, { headers: { authorization: 'Bearer local' } });
  }
  // Also in the condition of a job, and a word that only its name makes a secret.
  for (const [round, name] of secretNames.entries()) {
    const form = new URLSearchParams({
      delete_condition: `rule = '${plantedSecrets[round % plantedSecrets.length]!.text.replaceAll(/['\\]/g, '')}'`,
    });
    const job = await fetch(`${atel.url}/v0/datasources/alert_rules/delete`, {
      method: 'POST',
      body: form,
      headers: { authorization: 'Bearer local' },
    });
    expect(job.status, await job.text()).toBe(200);
    for (const days of ['7', 'none']) {
      const named = new URLSearchParams({ days, project: plantedSecrets[0]!.text, [name]: plainWord });
      await fetch(`${atel.url}/v0/pipes/cost_total.json?${named.toString()}`, {
        headers: { authorization: 'Bearer local' },
      });
    }
  }
  const jobs = await atel.client.sql('SELECT count() AS n FROM tinybird.jobs_log FORMAT JSON');
  expect(Number(jobs[0]?.n)).toBeGreaterThanOrEqual(secretNames.length);
  const leaks: string[] = [];
  for (const table of ['pipe_stats_rt', 'endpoint_errors', 'datasources_ops_log', 'jobs_log']) {
    const rows = await atel.client.sql(`SELECT * FROM tinybird.${table} FORMAT JSON`);
    leaks.push(...leaksIn(`table tinybird.${table}`, JSON.stringify(rows)));
  }
  for (const table of tables) {
    const rows = await atel.client.sql(`SELECT * FROM ${table} FORMAT JSON`);
    leaks.push(...leaksIn(`table ${table}`, JSON.stringify(rows)));
    // Columns that are not searched for secrets contain only these characters.
    for (const [name, letters] of Object.entries(closedColumns))
      for (const { [name]: value } of rows)
        if (typeof value === 'string' && !letters.test(value)) leaks.push(`${table}.${name}: ${value}`);
  }

  // Output: command line, API, stream, context of the next session.
  for (const args of [
    ...['summary', 'agents', 'skills', 'tasks'].map((name) => [name]),
    ['session', SESSION],
    ...['sessions', 'events'].map((name) => ['export', '--table', name, '--format', 'json']),
    ['export', '--format', 'otel'],
    ...['alerts', 'budget', 'commits', 'outcomes', 'checks', 'models', 'projects'].map((name) => [name]),
    ['alerts', 'history'],
    ['service', 'install', '--print'],
  ])
    await command(...args);
  await using mcp = await startMcp(env);
  const { tools } = await mcp.client.listTools();
  for (const { name } of tools) outputs.push(`MCP ${name}\n${(await mcp.call(name, {})).text}`);
  await statusNow();
  await statusNow('--json');
  for (const path of [
    'sessions',
    `sessions/${SESSION}`,
    `sessions/${SESSION}/timeline`,
    ...['summary', 'analytics/cost', 'analytics/tools', 'analytics/trend'],
  ]) {
    const answer = await fetch(`${atel.apiUrl}/v1/${path}`);
    expect(answer.status, path).toBe(200);
    outputs.push(`GET ${path}\n${await answer.text()}`);
  }
  const whole = Object.values(routes).map(({ path }) => path);
  for (const path of [...whole.filter((one) => !one.includes(':')), '/docs', '/openapi.json', '/metrics']) {
    const answer = await fetch(atel.apiUrl + path);
    // Some take a parameter that must be given.
    expect([200, 400], path).toContain(answer.status);
    outputs.push(`GET ${path}\n${await answer.text()}`);
  }
  const start = JSON.stringify({ hook_event_name: 'SessionStart', session_id: SESSION, cwd: project });
  const context = await run(process.execPath, [join(hooks, 'inject-usage-context.js')], {
    input: start,
    // Long enough for a busy machine.
    env: { ...env, AGENT_TELEMETRY_CONTEXT_DEADLINE_MS: '20000' },
  });
  expect(context.stdout).toContain('additionalContext');
  outputs.push(context.stdout, context.stderr);
  await until('the stream shows an event', () => streamed.includes('data:'));
  live.abort();
  await stream;
  outputs.push(streamed);
  for (const output of outputs) leaks.push(...leaksIn(output.slice(0, 40), output));

  const { redacted } = JSON.parse((await atel.command('status', '--json')).stdout) as {
    redacted: Record<string, number>;
  };

  // The store merges and removes its files while it runs, and so do drains.
  await atel.stop();
  await until('nothing runs', () => drainOf(home) === undefined && serverOf(home) === undefined);
  const logs = readdirSync(join(home, 'inbox')).filter((name) => name.endsWith('.json'));
  expect(logs).toEqual([]);
  for (const file of [...filesBelow(home), ...filesBelow(project)]) {
    leaks.push(...leaksIn(`name ${file}`, file), ...leaksIn(file, readFileSync(file, 'latin1')));
  }
  expect(leaks).toEqual([]);

  // Secrets of every kind were redacted; none was simply dropped before.
  const kinds = new Set(plantedSecrets.map(({ kind }) => kind));
  expect([...kinds].filter((kind) => redacted[kind] === undefined)).toEqual([]);
  expect(outputs.filter((output) => output.includes('[redacted:')).length).toBeGreaterThan(3);
}, 600_000);
