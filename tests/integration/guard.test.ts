import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeGuard, type GuardLine } from '../../src/alerts/guard-file.js';

const script = join(import.meta.dirname, '../../.claude/hooks/guard-budget.sh');

let home: string;
let guard: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'atel-guard-'));
  guard = join(home, 'guard');
});
afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

/** What the script prints for a payload. It ends with 0, or this throws. */
async function answer(
  some: Record<string, unknown> = {},
  { isLeftOpen = false, env = {} }: { isLeftOpen?: boolean; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const payload = { session_id: 's1', cwd: '/srv/shop', ...some, tool_use_id: 'toolu_1' };
  const child = spawn('sh', [script], {
    env: { PATH: process.env.PATH, AGENT_TELEMETRY_HOME: home, ...env },
  });
  const broken: string[] = [];
  child.stdin.on('error', (error) => broken.push(error.message));
  child.stdin.write(JSON.stringify(payload));
  if (!isLeftOpen) child.stdin.end();
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect([code, broken]).toEqual([0, []]);
  return printed;
}

const call = { hook_event_name: 'PreToolUse', tool_name: 'Bash', tool_input: { command: 'ls' } };
const line = (some: Partial<GuardLine> = {}): GuardLine => ({
  ...{ level: 'hard', session: '', agent: '', text: 'Budget day: cost_usd today is 3.00 USD.' },
  ...some,
});
const save = (...lines: GuardLine[]) => writeGuard(guard, lines, Date.now());

it('a denial names the budget, and what the user can run to go on', async () => {
  await save(line());
  const { hookSpecificOutput } = JSON.parse(await answer(call)) as {
    hookSpecificOutput: { permissionDecision: string; permissionDecisionReason: string };
  };
  expect(hookSpecificOutput.permissionDecision).toBe('deny');
  expect(hookSpecificOutput.permissionDecisionReason).toContain('Budget day: cost_usd today is 3.00 USD.');
  expect(hookSpecificOutput.permissionDecisionReason).toContain('atel alerts edit day --hard FIGURE');
  expect(hookSpecificOutput.permissionDecisionReason).toContain('atel alerts edit day --off');
});

it('only the session and the agent of a line are denied', async () => {
  await save(line({ session: 's1', agent: 'Explore' }));
  expect(await answer(call)).toBe('');
  expect(await answer({ agent_id: 'a', agent_type: 'Explore', ...call })).toContain('deny');
  expect(await answer({ agent_id: 'a', agent_type: 'Plan', ...call })).toBe('');
  await save(line({ session: 's2' }));
  expect(await answer(call)).toBe('');
});

it('the main thread of claude --agent is the main thread', async () => {
  await save(line({ agent: 'main' }));
  expect(await answer({ agent_type: 'reviewer', ...call })).toContain('deny');
  expect(await answer({ agent_id: 'a', agent_type: 'reviewer', ...call })).toBe('');
});

it('keys in the input of a tool, and quotes and line breaks in a folder, decide nothing', async () => {
  await save(line({ session: 's2' }));
  const input = { session_id: 's2', text: '","session_id":"s2"' };
  expect(await answer({ ...call, tool_input: input })).toBe('');
  expect(await answer({ cwd: '/srv/a","session_id":"s2\n"', ...call })).toBe('');
});

it('a client that leaves stdin open does not wait for the script', async () => {
  expect(await answer(call, { isLeftOpen: true })).toBe('');
  await save(line());
  expect(await answer(call, { isLeftOpen: true })).toContain('deny');
});

it('a client that leaves stdin open after a large payload does not wait for the script either', async () => {
  const large = { ...call, tool_input: { content: 'x'.repeat(20_000) } };
  expect(await answer(large, { isLeftOpen: true })).toBe('');
  await save(line());
  expect(await answer(large, { isLeftOpen: true })).toContain('deny');
});

it('a payload of megabytes is read whole, with and without a budget', async () => {
  const large = { ...call, tool_input: { content: 'é}'.repeat(1_000_000) } };
  expect(await answer(large)).toBe('');
  await save(line());
  expect(await answer(large)).toContain('deny');
});

it('a file that is damaged, huge, a folder or a FIFO denies nothing and prints nothing', async () => {
  const head = `1 ${process.pid} ${Math.floor(Date.now() / 1_000) + 60}\n`;
  for (const text of [
    '',
    '\0'.repeat(30_000_000),
    'a'.repeat(30_000_000),
    `${head}hard|*|*|Budget \u0001 day.\n`,
    `${head}hard|*|*|Budget day\uFFFD.\n`,
    `${head}hard|*|*|Budget "day".\n`,
    `${head}hard|*|*|\n`,
    `${head}hard\n`,
    `1 0 99999999999\nhard|*|*|Budget day.\n`,
    `1 ${process.pid} 99999999999999999999999\nhard|*|*|Budget day.\n`,
    `1 ${process.pid} 1\nhard|*|*|Budget day.\n`,
  ]) {
    writeFileSync(guard, text);
    expect(await answer(call), text.slice(0, 80)).toBe('');
    expect(await answer({ hook_event_name: 'UserPromptSubmit', prompt: 'x' }), text.slice(0, 80)).toBe('');
  }
  rmSync(guard);
  execFileSync('mkfifo', [guard]);
  expect(await answer(call)).toBe('');
  rmSync(guard);
  mkdirSync(guard);
  expect(await answer(call)).toBe('');
});

it('without a home, or with a payload that is none, it does nothing', async () => {
  await save(line());
  expect(await answer(call, { env: { AGENT_TELEMETRY_HOME: '' } })).toBe('');
  expect(await answer({ hook_event_name: 'PostToolUse' })).toBe('');
  expect(await answer({ session_id: 7, ...call })).toBe('');
});
