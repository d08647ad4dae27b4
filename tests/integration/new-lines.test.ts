/**
 * The lines that client 2.1.332 writes besides messages: whole prompts, tools and requests, files and titles. None of
 * their text may be stored at tier 1, and none of them counts as a message.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { startAtel } from '../helpers/atel.js';
import { tempFolder } from '../helpers/temp.js';

const contract = fileURLToPath(new URL('../drift/contracts/2.1.332.json', import.meta.url));
const SESSION = '5f0c9a3e-1d2b-4c3d-8e4f-0a1b2c3d4e5f';
const at = (second: number) => `2026-11-20T10:00:${String(second).padStart(2, '0')}.000Z`;

/** Text that stands in every field; uncommon enough to be found in a file of the store. */
const PLANTED = 'Quibbling zephyrs';
const planted = (field: string) => `${PLANTED} vexed ${field}: you are a helpful ${field}`;

/** The kinds of lines in the contract without the messages, and those that only interactive sessions write. */
const kinds = [
  ...Object.keys((JSON.parse(readFileSync(contract, 'utf8')) as { transcript: object }).transcript),
  ...`pr-link ai-title custom-title agent-name relocated continued-in fork-context-ref summary
    system/model_fallback system/model_refusal_no_fallback system/informational system/local_command
    system/turn_duration attachment/instructions attachment/nested_memory attachment/hook_success
    attachment/hook_additional_context attachment/queued_command attachment/unheard_of unheard-of`.split(
    /\s+/,
  ),
].filter((kind) => kind !== 'user' && kind !== 'assistant');

/** A line of a kind, with text in every field that such lines have, and in others. */
function line(kind: string): string {
  const [type = '', subtype = ''] = kind.split('/');
  const text = planted(kind.replace('/', '-'));
  const deep = { text, name: text, content: [{ type: 'text', text }], input_schema: { description: text } };
  return JSON.stringify({
    type,
    ...(type === 'system' && { subtype }),
    timestamp: at(0),
    sessionId: SESSION,
    uuid: `uuid-${kind}`,
    content: text,
    ...{ lastPrompt: text, aiTitle: text, customTitle: text, agentName: text, summary: text, rendered: text },
    ...{ prUrl: `https://git.example.com/${text}/pull/7`, prRepository: text, prNumber: 7 },
    ...{ tools: [text], shapeHash: text, hash: text, retryAttempt: 1, hookCount: 1, hookErrors: [text] },
    attachment: { type: subtype, ...deep, snapshot: deep, system: [deep], tools: [deep], messages: [deep] },
    shape: { system: [deep], tools: [deep] },
    message: { role: 'user', ...deep },
    params: { model: text, ...deep },
    error: { message: text, formatted: text, connection: { code: text }, requestId: text },
    hookInfos: [{ command: text, durationMs: 4 }],
    modelUsage: { [text]: { inputTokens: 1, costUSD: 1 } },
    snapshot: { trackedFileBackups: { [text]: { backupFileName: text } } },
  });
}

const messages = [
  {
    type: 'user',
    promptId: 'p1',
    message: { role: 'user', content: planted('prompt') },
    permissionDecision: { decision: 'accept', reasonType: planted('reason') },
  },
  {
    type: 'assistant',
    requestId: 'req_1',
    effort: 'medium',
    requestedModel: 'claude-opus-5-5',
    requestRef: planted('ref'),
    madeBy: planted('maker'),
    message: {
      id: 'msg_1',
      model: 'claude-opus-5-5',
      stop_reason: 'end_turn',
      content: [{ type: 'text', text: planted('answer') }],
      usage: { input_tokens: 1_000, output_tokens: 100 },
      diagnostics: { cache_miss_reason: planted('miss') },
    },
  },
].map((one, index) =>
  JSON.stringify({ ...one, timestamp: at(10 + index), sessionId: SESSION, uuid: `u${index}` }),
);

function* filesBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true }))
    if (entry.isFile()) yield join(entry.parentPath, entry.name);
}

it('no text of a prompt snapshot, a tool or a request is anywhere below the telemetry folder', async () => {
  const root = tempFolder();
  const folder = join(root, 'claude', 'projects', '-shop');
  const home = join(root, 'telemetry');
  for (const one of [folder, home]) mkdirSync(one, { recursive: true, mode: 0o700 });
  const lines = [...messages, ...kinds.map(line)];
  // The same kinds of lines before the messages, too.
  writeFileSync(join(folder, `${SESSION}.jsonl`), [...kinds.map(line), ...lines, ''].join('\n'));
  const atel = await startAtel({ home });
  onTestFinished(() => atel.stop(), 60_000);
  const { code, stderr } = await atel.command('backfill', '--root', join(root, 'claude'));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });

  // 1,000 × 4 + 100 × 20 microdollars: the one answer, and nothing else counts.
  const window = { from: new Date('2026-11-20T00:00:00Z'), to: new Date('2026-11-21T00:00:00Z') };
  expect(await atel.client.sessionOverview.query(window)).toMatchObject([
    { session_id: SESSION, request_count: 1, total_tokens: 1_100, total_cost_usd: 0.006, prompts: 1 },
  ]);
  const events = await atel.client.sql(
    "SELECT event, pr_number FROM telemetry_events FINAL WHERE event != 'tool_call' ORDER BY event FORMAT JSON",
  );
  expect(events).toEqual([
    { event: 'api_retry', pr_number: null },
    { event: 'pull_request', pr_number: 7 },
    { event: 'stop_hooks', pr_number: null },
  ]);
  const found: string[] = [];
  for (const table of ['api_requests', 'telemetry_events', 'session_summaries', 'skill_activations']) {
    const rows = JSON.stringify(await atel.client.sql(`SELECT * FROM ${table} FORMAT JSON`));
    if (rows.includes(PLANTED)) found.push(table);
  }
  await atel.stop();
  for (const file of filesBelow(home)) if (readFileSync(file, 'latin1').includes(PLANTED)) found.push(file);
  expect(found).toEqual([]);
});
