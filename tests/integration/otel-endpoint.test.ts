import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cli, startAtel, type RunningAtel } from '../helpers/atel.js';
import { endsInBackground, until } from '../helpers/background.js';
import { startOtlpReceiver } from '../helpers/otlp-receiver.js';
import { freePort } from '../helpers/ports.js';
import { run } from '../helpers/process.js';
import { tempFolder } from '../helpers/temp.js';
import { makeApiRequestRow, makeSessionSummaryRow } from './helpers/factories.js';

async function serving(...args: string[]): Promise<RunningAtel> {
  const home = tempFolder();
  endsInBackground(home);
  const atel = await startAtel({ home, args });
  onTestFinished(() => atel.stop(), 60_000);
  return atel;
}

/** Runs an `atel` command with the telemetry folder of `atel`. */
const atelIn = (atel: RunningAtel, args: string[], env: Record<string, string> = {}) =>
  run(process.execPath, [cli, ...args], {
    env: { PATH: process.env.PATH ?? '', HOME: atel.home, ...atel.env, ...env },
    cwd: atel.home,
  });

describe('atel run --otel-endpoint', () => {
  it('the trace of the command is sent when it has ended, and nothing else', async () => {
    await using receiver = await startOtlpReceiver();
    const atel = await serving();
    // Events before the command, and outside of it.
    await atelIn(atel, ['run', '--task', 'OLD-1', '--', 'true']);
    const script = `${JSON.stringify(process.execPath)} ${JSON.stringify(cli)} emit issue_start task_id=BUG-7
      ${JSON.stringify(process.execPath)} ${JSON.stringify(cli)} run --phase verify -- false
      ${JSON.stringify(process.execPath)} ${JSON.stringify(cli)} emit issue_complete task_id=BUG-7 status=failure
      exit 3`;
    const endpoint = ['--otel-endpoint', receiver.endpoint];
    const ended = await atelIn(atel, ['run', ...endpoint, '--', 'sh', '-c', script], {
      AGENT_TELEMETRY_OTEL_HEADERS: 'x-key=a%20b',
    });
    expect(ended).toMatchObject({ code: 3, stdout: '', stderr: '' });
    await until('the trace has come', () => receiver.spans().length >= 3);
    const spans = receiver.spans();
    expect(spans.map(({ name }) => name).sort()).toEqual(['command false', 'command sh', 'issue BUG-7']);
    const [root, ...below] = spans;
    expect(root).toMatchObject({ name: 'command sh', parentSpanId: '', statusCode: 'Error' });
    for (const { parentSpanId, traceId } of below)
      expect([parentSpanId, traceId]).toEqual([root?.spanId, root?.traceId]);
    expect(receiver.requests.map(({ headers }) => headers['x-key'])).toEqual(['a b']);
  });

  it('an unreachable endpoint changes nothing for the command; the log reports it', async () => {
    const atel = await serving();
    const endpoint = `http://127.0.0.1:${await freePort()}`;
    const ended = await atelIn(atel, ['run', '--otel-endpoint', endpoint, '--', 'sh', '-c', 'echo done']);
    expect(ended).toMatchObject({ code: 0, stdout: 'done\n', stderr: '' });
    const log = join(atel.home, 'atel.log');
    await until('it is said', () =>
      existsSync(log) ? readFileSync(log, 'utf8').includes(`${endpoint}/v1/traces cannot be reached`) : false,
    );
  });

  it('an invalid address is refused, and the command does not run', async () => {
    const home = tempFolder();
    const ended = await run(
      process.execPath,
      [cli, 'run', '--otel-endpoint', 'localhost:4318', '--', 'touch', join(home, 'ran')],
      { env: { PATH: process.env.PATH ?? '', HOME: home } },
    );
    expect(ended).toMatchObject({
      code: 2,
      stderr: 'atel: --otel-endpoint takes an address such as http://localhost:4318, not "localhost:4318"\n',
    });
    expect(existsSync(join(home, 'ran'))).toBe(false);
  });
});

describe('atel up --otel-endpoint', () => {
  it('new spans are sent while it serves, whichever process stored them, each once', async () => {
    await using receiver = await startOtlpReceiver();
    const atel = await serving('--otel-endpoint', receiver.endpoint);
    const soon = (seconds: number) =>
      new Date(Date.now() + seconds * 1_000).toISOString().replace('T', ' ').replace('Z', '');
    const session = (id: string, seconds: number, day = '') => ({
      session_id: id,
      timestamp: day || soon(seconds),
    });
    const long = '2026-03-02 12:00:00.000';
    await atel.client.sessionSummaries.ingest([
      makeSessionSummaryRow({
        ...session('s-new', 3),
        started_at: soon(1),
        last_activity_at: soon(3),
        ended_at: soon(3),
      }),
      makeSessionSummaryRow({ ...session('s-old', 0, long) }),
    ]);
    await atel.client.apiRequests.ingest([
      makeApiRequestRow(session('s-new', 2)),
      makeApiRequestRow(session('s-old', 0, long)),
    ]);
    await atelIn(atel, ['run', '--', 'true']);
    expect(await atel.command('flush')).toMatchObject({ code: 0 });
    await until('the traces have come', () => receiver.spans().length >= 3);
    await atel.stop();
    const spans = receiver.spans();
    expect(spans.map(({ name }) => name).sort()).toEqual(['chat claude-opus-4-8', 'command true', 'session']);
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(3);
    expect(spans.find(({ name }) => name === 'session')?.attributes).toContainEqual([
      'gen_ai.conversation.id',
      's-new',
    ]);
  });

  it.each([
    ['in the background', ['--detach', '--otel-endpoint', 'http://localhost:4318'], {}, 'in the foreground'],
    ['an invalid address', ['--otel-endpoint', '4318'], {}, 'takes an address'],
    [
      'an endpoint other than in the settings',
      ['--otel-endpoint', 'http://localhost:4318'],
      { AGENT_TELEMETRY_OTEL_ENDPOINT: 'http://localhost:4317' },
      'your settings send traces to http://localhost:4317',
    ],
  ])('%s is wrong usage: exit code 2', async (_, args, env, says) => {
    const result = await run(process.execPath, [cli, 'up', ...args], {
      env: { PATH: process.env.PATH ?? '', HOME: tempFolder(), ...env },
    });
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain(says);
  });
});
