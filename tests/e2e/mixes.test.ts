/**
 * The same sessions of the real client, recorded by one layer or by several: the cost of each request and session is the
 * same, and equals the client's own after its accumulation over resumes and forks is undone. Where it cannot, `atel audit`
 * names the cause.
 */
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startAtel, type RunningAtel } from '../helpers/atel.js';
import { createSandbox, runClaude, type ClaudeRun } from '../helpers/claude.js';
import { startOtlpReceiver, type OtlpReceiver } from '../helpers/otlp-receiver.js';
import type { Sandbox } from '../helpers/sandbox.js';
import { startScriptedApi, type AnsweredRequest, type ScriptedApi } from '../helpers/scripted-api.js';
import { removeFolder } from '../helpers/temp.js';
import { trueCost } from '../helpers/truth.js';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 300_000 });

const [MAIN, BACKGROUND, BROKEN, UNANSWERED] = ['1', '2', '3', '4'].map(
  (digit) => `${digit.repeat(8)}-1111-4111-8111-111111111111`,
) as [string, string, string, string];

const EVENTS =
  `SessionStart SessionEnd Stop SubagentStart SubagentStop UserPromptSubmit UserPromptExpansion PreToolUse
PostToolUse PostToolUseFailure PreCompact PostCompact PreModelSwitch PostModelSwitch`.split(/\s+/);

let api: ScriptedApi;
let sandbox: Sandbox;
let receiver: OtlpReceiver;
let hooks: string;
const runs: Record<string, ClaudeRun> = {};

beforeAll(async () => {
  api = await startScriptedApi();
  sandbox = await createSandbox();
  receiver = await startOtlpReceiver();
  hooks = join(sandbox.root, 'hooks');
  mkdirSync(hooks);
  const keep = { type: 'command', command: `cat > "$(mktemp '${hooks}/XXXXXXXX')"` };
  await sandbox.write(
    '.claude/settings.json',
    JSON.stringify({ hooks: Object.fromEntries(EVENTS.map((event) => [event, [{ hooks: [keep] }]])) }),
  );
  const env = {
    CLAUDE_CODE_ENABLE_TELEMETRY: '1',
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_LOGS_EXPORTER: 'otlp',
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    OTEL_METRIC_EXPORT_INTERVAL: '1000',
    OTEL_LOGS_EXPORT_INTERVAL: '500',
    CLAUDE_CODE_MAX_RETRIES: '2',
  };
  const claude = { sandbox, api, env, timeoutMs: 90_000 };
  runs.first = await runClaude({
    ...claude,
    sessionId: MAIN,
    prompt:
      'PLAN: bash ls ; agent Explore foreground <<PLAN: bash ls -a ; say found it>> + agent reviewer foreground <<PLAN: bash git log --oneline ; say reviewed>> ; skill release-notes ; bash false ; say finished',
  });
  runs.resumed = await runClaude({ ...claude, resume: MAIN, prompt: 'PLAN: bash echo two ; say second' });
  runs.forked = await runClaude({
    ...claude,
    resume: MAIN,
    fork: true,
    prompt: 'PLAN: bash echo three ; say third',
  });
  runs.compacted = await runClaude({ ...claude, resume: MAIN, prompt: '/compact' });
  runs.background = await runClaude({
    ...claude,
    sessionId: BACKGROUND,
    outputFormat: 'stream-json',
    prompt: 'PLAN: agent reviewer background <<PLAN: bash sleep 1 ; say reviewed>> ; say waiting ; say heard',
  });
  runs.broken = await runClaude({
    ...claude,
    sessionId: BROKEN,
    prompt: 'PLAN: bash ls ; bash ls ; broken once ; say two',
  });
  runs.unanswered = await runClaude({
    ...claude,
    sessionId: UNANSWERED,
    prompt: 'PLAN: bash ls ; broken always ; say two',
  });
});

afterAll(async () => {
  await receiver[Symbol.asyncDispose]();
  await sandbox[Symbol.asyncDispose]();
  await api[Symbol.asyncDispose]();
});

const fork = () => runs.forked?.result.session_id ?? '';
const total = (run: ClaudeRun | undefined) => run?.result.total_cost_usd ?? NaN;
const isCompaction = (request: AnsweredRequest) => runs.compacted?.requests.includes(request) === true;
const billed = () => api.requests.filter(({ usage }) => usage !== null);

/** The client's own cost of each session, with what it took over from others taken off. */
const byTheClient = (): Record<string, number> => ({
  [MAIN]: total(runs.compacted),
  [fork()]: total(runs.forked) - total(runs.resumed),
  [BACKGROUND]: total(runs.background),
  [BROKEN]: total(runs.broken),
  [UNANSWERED]: total(runs.unanswered),
});

interface Layers {
  hooks?: boolean;
  transcripts?: boolean;
  otel?: boolean;
}

/** A store that has recorded the sessions by some layers. */
async function record(layers: Layers): Promise<RunningAtel> {
  const home = await mkdtemp(join(tmpdir(), 'atel-mix-'));
  const atel = await startAtel({ home });
  if (layers.hooks === true) {
    const inbox = join(home, 'inbox');
    mkdirSync(inbox, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(hooks)) {
      const from = join(hooks, name);
      const text = readFileSync(from, 'utf8');
      const file = join(inbox, `${name}.json`);
      const isThere = layers.transcripts === true;
      writeFileSync(file, isThere ? text : text.replaceAll('/.claude/projects/', '/.claude/nowhere/'), {
        mode: 0o600,
      });
      const { mtime } = statSync(from);
      utimesSync(file, mtime, mtime);
    }
  }
  if (layers.otel === true)
    for (const { path, headers, body } of receiver.requests) {
      const url = `http://127.0.0.1:${atel.env.AGENT_TELEMETRY_COLLECTOR_PORT}${path}`;
      const type = headers['content-type'] ?? 'application/json';
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': type },
        body: Buffer.from(body),
      });
      expect(answer.status).toBe(200);
    }
  if (layers.transcripts === true && layers.hooks !== true)
    expect(await atel.command('backfill', '--root', join(sandbox.home, '.claude'))).toMatchObject({
      code: 0,
      stderr: '',
    });
  expect(await atel.command('flush')).toMatchObject({ code: 0, stderr: '' });
  return atel;
}

async function withRecord(layers: Layers, check: (atel: RunningAtel) => Promise<void>): Promise<void> {
  const atel = await record(layers);
  try {
    await check(atel);
  } finally {
    await atel.stop();
    await removeFolder(atel.home);
  }
}

it("the client's own costs are those of its requests, but for what it charges for broken attempts", () => {
  for (const [session, usd] of Object.entries(byTheClient())) {
    const own = billed().filter(({ session_id }) => session_id === session);
    if (session === BROKEN || session === UNANSWERED) expect(usd).toBeGreaterThan(trueCost(own) + 1e-6);
    else expect(usd).toBeCloseTo(trueCost(own), 9);
  }
});

describe.each([
  ['transcripts', { transcripts: true }],
  ['hooks and transcripts', { hooks: true, transcripts: true }],
  ['OpenTelemetry', { otel: true }],
  ['OpenTelemetry and transcripts', { otel: true, transcripts: true }],
  ['all layers', { hooks: true, otel: true, transcripts: true }],
] as const satisfies [string, Layers][])('recorded by %s', (_, layers: Layers) => {
  it('each request and session has its true cost, and the audit names what is missing', async () => {
    await withRecord(layers, async ({ client }) => {
      // No transcript has the request of a compaction.
      const seen = billed().filter((request) => layers.otel === true || !isCompaction(request));
      const rows = await client.requestList.query({ days: 1, limit: 1_000 });
      expect(rows.map(({ request_key }) => request_key).sort()).toEqual(
        seen.map(({ request_id }) => request_id).sort(),
      );
      for (const { request_key, cost_usd } of rows) {
        const own = seen.filter((request) => request.request_id === request_key);
        expect(cost_usd, request_key).toBeCloseTo(trueCost(own), 9);
      }
      const sessions = await client.sessionOverview.query({ days: 1 });
      expect(sessions.map(({ session_id }) => session_id).sort()).toEqual(Object.keys(byTheClient()).sort());
      for (const { session_id, total_cost_usd } of sessions) {
        const own = seen.filter((request) => request.session_id === session_id);
        expect(total_cost_usd, session_id).toBeCloseTo(trueCost(own), 9);
      }

      const audit = await client.costAudit.query({ days: 1 });
      const verdicts = Object.fromEntries(audit.map(({ session_id, verdict }) => [session_id, verdict]));
      const isWhole = layers.otel === true;
      expect(verdicts).toEqual({
        [MAIN]: isWhole ? 'equal' : 'unseen',
        [fork()]: layers.transcripts === true ? 'inherited' : 'equal',
        [BACKGROUND]: 'equal',
        [BROKEN]: isWhole ? 'broken' : 'unanswered',
        [UNANSWERED]: 'unanswered',
      });
      for (const row of audit) {
        const explained = (row.total_cost_usd ?? NaN) + row.broken_cost_usd + (row.unexplained_usd ?? NaN);
        expect(explained, row.session_id).toBeCloseTo(byTheClient()[row.session_id] ?? NaN, 9);
      }
    });
  });
});

it('recorded by hooks alone, without any transcript, no cost is known', async () => {
  await withRecord({ hooks: true }, async ({ client }) => {
    const sessions = await client.sessionOverview.query({ days: 1 });
    expect(sessions.map(({ session_id }) => session_id).sort()).toEqual(Object.keys(byTheClient()).sort());
    for (const row of sessions) expect(row).toMatchObject({ request_count: 0, total_cost_usd: null });
  });
});
