/**
 * Measures what recording every tool call costs: a session of the real client with many quick calls against a scripted
 * API that answers at once, without hooks, with the hooks of `atel init`, and with the same hooks if the client waited
 * for those of tool calls; and the processor time of a drain per tool call, without its delivery. Needs `npm run build`.
 *
 * Environment variables: CALLS (40), ROUNDS (5), PAYLOADS (2,000).
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { addHooks, ourHooks, type HookTable } from '../src/cli/install/hook-settings.js';
import { capturedPayloads } from '../tests/helpers/captures.js';
import { createSandbox, runClaude } from '../tests/helpers/claude.js';
import { startScriptedApi } from '../tests/helpers/scripted-api.js';
import { columns, quantile } from './measure.js';

const calls = Number(process.env.CALLS ?? 40);
const rounds = Number(process.env.ROUNDS ?? 5);
const payloads = Number(process.env.PAYLOADS ?? 2_000);
const root = fileURLToPath(new URL('..', import.meta.url));

const hooks = ourHooks(join(root, '.claude', 'hooks'));
const { PostToolUse: _calls, PostToolUseFailure: _failures, ...others } = hooks;
const waiting = Object.fromEntries(
  Object.entries(hooks).map(([event, groups]) => [
    event,
    groups.map((group) => ({ ...group, hooks: group.hooks.map(({ async: _, ...handler }) => handler) })),
  ]),
);
const kinds: { name: string; table: HookTable }[] = [
  { name: 'no hooks', table: {} },
  { name: 'the hooks of init, but for tool calls', table: others },
  { name: 'the hooks of init', table: hooks },
  { name: 'the same, and the client waits for each', table: waiting },
];

/** Milliseconds of one session; and whether every call left its payload. */
async function session(table: HookTable): Promise<number> {
  await using api = await startScriptedApi();
  await using sandbox = await createSandbox();
  const home = join(sandbox.home, '.agent-telemetry');
  mkdirSync(join(home, 'inbox'), { recursive: true });
  mkdirSync(join(sandbox.project, '.claude'), { recursive: true });
  writeFileSync(join(sandbox.project, '.claude', 'settings.json'), JSON.stringify(addHooks({}, table)));
  const steps = Array.from({ length: calls }, (_, n) => `bash echo ${n}`);
  const start = performance.now();
  const prompt = `PLAN: ${steps.join(' ; ')} ; say done`;
  await runClaude({ sandbox, api, prompt, timeoutMs: 300_000, env: { AGENT_TELEMETRY_HOME: home } });
  const took = performance.now() - start;
  const inbox = join(home, 'inbox');
  const texts = readdirSync(inbox).map((name) => readFileSync(join(inbox, name), 'utf8'));
  const timed = texts.filter((text) => text.includes('"PostToolUse"') && text.includes('"duration_ms"'));
  const expected = 'PostToolUse' in table ? calls : 0;
  if (timed.length !== expected) throw new Error(`${timed.length} of ${expected} calls were recorded`);
  return took;
}

const times = kinds.map(() => [] as number[]);
for (let round = 0; round < rounds; round += 1)
  for (const [index, { table }] of kinds.entries()) times[index]?.push(await session(table));
const medians = times.map((one) => quantile(one, 0.5));
const [bare = NaN] = medians;
console.log(
  columns([
    [`a session with ${calls} calls`, 'median ms', 'calls/s', '× no hooks'],
    ...kinds.map(({ name }, index) => {
      const median = medians[index] ?? NaN;
      const perSecond = (calls / median) * 1_000;
      return [name, median.toFixed(0), perSecond.toFixed(1), (bare / median).toFixed(2)];
    }),
  ]),
);

const home = mkdtempSync(join(tmpdir(), 'atel-bench-'));
try {
  const call = capturedPayloads().find(({ text }) => text.includes('"PostToolUse"'))?.text ?? '';
  const inbox = join(home, 'inbox');
  mkdirSync(inbox, { recursive: true });
  const drained = (count: number) => {
    for (let n = 0; n < count; n += 1)
      writeFileSync(
        join(inbox, `bench-${n}.json`),
        call.replace(/"tool_use_id":"[^"]*"/, `"tool_use_id":"toolu_${n}"`),
      );
    // Nothing listens there: the rows stay in the spool.
    const env = {
      ...process.env,
      AGENT_TELEMETRY_HOME: home,
      AGENT_TELEMETRY_DETACHED: '1',
      TINYBIRD_URL: 'http://localhost:9',
    };
    // The shell's `times` has the processor time of its children in its second line.
    const script = '"$0" "$1"; times';
    const drain = join(root, 'dist', 'drain.js');
    const { stdout } = spawnSync('sh', ['-c', script, process.execPath, drain], { env, encoding: 'utf8' });
    if (readdirSync(inbox).length > 0) throw new Error('The drain left payloads');
    const words = stdout.trim().split('\n').at(-1)?.split(' ') ?? [];
    return words.reduce((sum, word) => {
      const [, minutes, seconds] = /^(\d+)m([\d.,]+)s$/.exec(word) ?? [];
      return sum + Number(minutes) * 60_000 + Number(seconds?.replace(',', '.')) * 1_000;
    }, 0);
  };
  const rest = [0, 0, 0].map(() => drained(1));
  const all = [0, 0, 0].map(() => drained(payloads));
  const perCall = (quantile(all, 0.5) - quantile(rest, 0.5)) / payloads;
  console.log(
    `\nProcessor time of a drain: ${quantile(rest, 0.5).toFixed(0)} ms with one tool call, ${quantile(all, 0.5).toFixed(0)} ms with ${payloads}: ${perCall.toFixed(3)} ms per call`,
  );
} finally {
  rmSync(home, { recursive: true, force: true });
}
