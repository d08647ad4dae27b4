import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { homePaths } from '../../src/base/home.js';
import { cli, startAtel, type RunningAtel } from '../helpers/atel.js';
import { endsInBackground, until } from '../helpers/background.js';
import { captureTime, sessions } from '../helpers/captures.js';
import { startOtlpReceiver, type OtlpReceiver } from '../helpers/otlp-receiver.js';
import { run } from '../helpers/process.js';
import { tempFolder } from '../helpers/temp.js';

/** A store with this section `telemetry` in the settings file. */
async function recording(telemetry: object): Promise<RunningAtel> {
  const home = tempFolder();
  const settings = join(home, '.config', 'agent-telemetry');
  mkdirSync(settings, { recursive: true });
  writeFileSync(join(settings, 'config.json'), JSON.stringify({ telemetry }));
  endsInBackground(home);
  const atel = await startAtel({ home });
  onTestFinished(() => atel.stop(), 60_000);
  return atel;
}

const THAT_DAY = ['--since', '2026-11-20', '--until', '2026-11-21'];

/** Ids of the spans that a single export of the captured day sends. */
async function allSpans(atel: RunningAtel): Promise<string[]> {
  await using receiver = await startOtlpReceiver();
  const result = await atel.command(
    'export',
    '--format',
    'otel',
    ...THAT_DAY,
    '--endpoint',
    receiver.endpoint,
  );
  expect(result).toMatchObject({ code: 0, stderr: '' });
  return idsOf(receiver);
}

const idsOf = (receiver: OtlpReceiver) =>
  receiver
    .spans()
    .map(({ spanId }) => spanId)
    .sort();

async function exportStatus(atel: RunningAtel): Promise<Record<string, unknown>> {
  const { stdout } = await atel.command('status', '--json');
  return (JSON.parse(stdout) as { otel_export: Record<string, unknown> }).otel_export;
}

it('each span of finished work is sent once, with the headers of the settings', async () => {
  await using receiver = await startOtlpReceiver();
  const atel = await recording({ otel_endpoint: receiver.endpoint, otel_headers: 'x-key=a%20b' });
  await atel.loadCaptures({ at: captureTime });
  const all = await allSpans(atel);
  await until('every span has come', () => receiver.spans().length >= all.length);
  // The same events and another drain send nothing new.
  await atel.loadCaptures({ at: captureTime });
  expect(idsOf(receiver)).toEqual(all);
  expect(receiver.requests.every(({ headers }) => headers['x-key'] === 'a b')).toBe(true);
  expect(await exportStatus(atel)).toMatchObject({
    url: `${receiver.endpoint}/v1/traces`,
    local: true,
    sent_spans: all.length,
    refused_spans: 0,
    problem: null,
  });
});

it('an unreachable endpoint is retried, and no command fails', async () => {
  let isAway = true;
  await using receiver = await startOtlpReceiver(() => ({ status: isAway ? 503 : 200 }));
  const atel = await recording({ otel_endpoint: receiver.endpoint });
  await atel.loadCaptures({ at: captureTime });
  await until('it was tried', () => receiver.requests.length > 0);
  const away = await exportStatus(atel);
  expect(away).toMatchObject({
    sent_spans: 0,
    waiting_traces: Object.keys(sessions).length,
    problem: `${receiver.endpoint}/v1/traces answered 503`,
  });
  const status = await atel.command('status');
  expect(status).toMatchObject({ code: 0, stderr: '' });
  expect(status.stdout).toContain(`Traces      ${receiver.endpoint}/v1/traces (this machine)`);

  isAway = false;
  expect(await atel.command('flush')).toMatchObject({ code: 0, stderr: '' });
  const all = await allSpans(atel);
  await until('every span has come', () => receiver.spans().length >= all.length);
  expect(idsOf(receiver)).toEqual(all);
  await until('it is said', async () => (await exportStatus(atel)).problem === null);
});

it("the spans of the user's own tools are sent, the command when it ends", async () => {
  await using receiver = await startOtlpReceiver();
  const atel = await recording({ otel_endpoint: receiver.endpoint });
  const project = tempFolder();
  const emit = async (...fields: string[]) => {
    const env = { PATH: process.env.PATH ?? '', HOME: atel.home, ...atel.env };
    await run(process.execPath, [cli, 'emit', ...fields], { env, cwd: project });
  };
  const names = () => receiver.spans().map(({ name }) => name);
  await emit('command_start', 'tool=ll-auto');
  await emit('issue_start', 'tool=ll-auto', 'task_id=BUG-7');
  await emit('issue_complete', 'tool=ll-auto', 'task_id=BUG-7', 'status=failure');
  await atel.command('flush');
  await until('the issue has come', () => names().includes('issue BUG-7'));
  expect(names()).toEqual(['issue BUG-7']);
  await emit('command_end', 'tool=ll-auto', 'status=failure');
  await atel.command('flush');
  await until('the command has come', () => names().length > 1);
  expect(names()).toEqual(['issue BUG-7', 'command ll-auto']);
  const [issue, command] = receiver.spans();
  expect(issue).toMatchObject({
    parentSpanId: command?.spanId,
    traceId: command?.traceId,
    statusCode: 'Error',
  });
  await until('nothing is left to send', async () => {
    await atel.command('flush');
    return readdirSync(join(homePaths(atel.home).traces, 'due')).length === 0;
  });
});

it('without an endpoint, nothing is sent or kept', async () => {
  const atel = await recording({ otel_endpoint: null });
  await atel.loadCaptures({ at: captureTime });
  expect(await exportStatus(atel)).toBeNull();
  expect(readdirSync(atel.home)).not.toContain('traces');
});
