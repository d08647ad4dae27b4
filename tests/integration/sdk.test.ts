import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  createTinybirdClient,
  exportAsTraces,
  exportEvents,
  log,
  OtlpError,
  StoreError,
} from '../../src/index.js';
import { cli, runCommand } from '../helpers/command-host.js';
import { captureTime } from '../helpers/captures.js';
import { capturedLayers } from '../helpers/layers.js';
import { startOtlpReceiver, type OtlpReceiver } from '../helpers/otlp-receiver.js';
import { freePort } from '../helpers/ports.js';
import { tempFolder } from '../helpers/temp.js';
import { ingestSignals, useStore } from './helpers/store.js';
import { workLines, workLog, workRows } from './helpers/work-log.js';

const store = useStore();
const layers = await capturedLayers(captureTime);
const thatDay = { from: '2026-11-20', to: new Date('2026-11-21T00:00:00Z') };
const march = { from: '2026-03-01', to: '2026-04-01' };

/** Stores data for both kinds of traces: the captured sessions, and two weeks of a user's own tools. */
async function fill(): Promise<void> {
  await ingestSignals(store.client, layers.transcripts.flat());
  await store.client.telemetryEvents.ingest(workRows());
}

const idsOf = (receiver: OtlpReceiver) =>
  receiver
    .spans()
    .map(({ spanId }) => spanId)
    .sort();

/** Ids of the spans that the command sends for a period. */
async function idsOfCommand(since: string, until: string): Promise<string[]> {
  await using receiver = await startOtlpReceiver();
  const args = ['export', '--format', 'otel', '--since', since, '--until', until];
  const result = await runCommand([...args, '--endpoint', receiver.endpoint], {
    env: { PATH: process.env.PATH ?? '', HOME: tempFolder(), TINYBIRD_URL: store.url },
  });
  expect(result).toMatchObject({ code: 0, stderr: '' });
  return idsOf(receiver);
}

describe('exportAsTraces', () => {
  it('exportAsTraces sends the spans that atel export sends, and counts them', async () => {
    await fill();
    await using receiver = await startOtlpReceiver();
    const headers = { 'x-key': 'a b' };
    const outcome = await exportAsTraces({
      endpoint: receiver.endpoint,
      headers,
      client: store.client,
      ...thatDay,
    });
    const ids = idsOf(receiver);
    expect(ids).toEqual(await idsOfCommand('2026-11-20', '2026-11-21'));
    // Four sessions; no tool reported anything on that day.
    expect(outcome).toEqual({ spans: ids.length, traces: 4, refused: 0, reason: null });
    expect(receiver.requests.every((request) => request.headers['x-key'] === 'a b')).toBe(true);
  });

  it('exportAsTraces reports what the endpoint refused', async () => {
    await fill();
    // ExportTraceServiceResponse { partial_success { rejected_spans: 2, error_message: "too old" } }
    await using receiver = await startOtlpReceiver(() => ({
      status: 200,
      headers: { 'content-type': 'application/x-protobuf' },
      body: Buffer.from('0a0b08021207746f6f206f6c64', 'hex'),
    }));
    const outcome = await exportAsTraces({ endpoint: receiver.endpoint, client: store.client, ...thatDay });
    expect(outcome).toEqual({ spans: receiver.spans().length - 2, traces: 4, refused: 2, reason: 'too old' });
  });

  it('an unreachable endpoint, an invalid endpoint and an invalid time each give a one-line error', async () => {
    await fill();
    const { client } = store;
    const endpoint = `http://127.0.0.1:${await freePort()}`;
    const away = await exportAsTraces({ endpoint, client, ...thatDay }).catch((error: unknown) => error);
    expect(away).toBeInstanceOf(OtlpError);
    expect((away as OtlpError).message).toMatch(
      new RegExp(`^${endpoint}/v1/traces cannot be reached: [^\\n]+$`),
    );

    const noStore = createTinybirdClient({ baseUrl: `http://127.0.0.1:${await freePort()}`, token: 'local' });
    await expect(exportAsTraces({ endpoint, client: noStore, headers: {} })).rejects.toBeInstanceOf(
      StoreError,
    );
    await expect(exportAsTraces({ endpoint: 'localhost:4318', client })).rejects.toThrow(
      'endpoint takes an address such as http://localhost:4318, not "localhost:4318"',
    );
    await expect(exportAsTraces({ endpoint, client, from: 'soon' })).rejects.toThrow(/^from takes /);
    for (const asked of [
      exportAsTraces({ endpoint, client, from: '2026-02-30' }),
      log.summary({ file: 'telemetry.jsonl', from: '2026-02-30' }),
    ])
      await expect(asked).rejects.toThrow(/^from takes .*, not "2026-02-30": the last day of that month is /);
  });
});

describe('exportEvents', () => {
  it("exportEvents sends the events of the user's own tools, and no session", async () => {
    await fill();
    await using receiver = await startOtlpReceiver();
    const outcome = await exportEvents({ endpoint: receiver.endpoint, client: store.client, ...march });
    const spans = receiver.spans();
    expect(outcome).toMatchObject({ spans: spans.length, refused: 0 });
    expect([...new Set(spans.map(({ name }) => name.split(' ')[0]))].sort()).toEqual([
      'command',
      'issue',
      'phase',
      'wave',
    ]);
    await using nothing = await startOtlpReceiver();
    expect(await exportEvents({ endpoint: nothing.endpoint, client: store.client, ...thatDay })).toEqual({
      spans: 0,
      traces: 0,
      refused: 0,
      reason: null,
    });
    expect(nothing.requests).toEqual([]);
  });

  it('without a store, a project log gives the same span ids as the store, and never a text', async () => {
    // All lines except the first ten have an event id.
    const lines = workLines.slice(10, -2);
    const file = join(tempFolder(), 'telemetry.jsonl');
    const secret = `{"event_id":"e-99","timestamp":"2026-03-11T08:01:00.000Z","event":"command_start","tool":"sh","args":["rm","/etc/shadow"],"wave":"a whole sentence","command_id":"c-99","parent_id":"c-auto"}`;
    writeFileSync(file, [...lines, secret].join('\n'));
    await store.client.telemetryEvents.ingest(workRows([...lines, secret]));

    await using stored = await startOtlpReceiver();
    await exportEvents({ endpoint: stored.endpoint, client: store.client, from: '2026-02-01' });
    await using alone = await startOtlpReceiver();
    const outcome = await exportEvents({ endpoint: alone.endpoint, headers: {}, events: log.read({ file }) });
    expect(outcome.spans).toBe(8);
    expect(idsOf(alone)).toEqual(idsOf(stored));
    const bodies = alone.requests.map(({ body }) => body.toString('latin1')).join('');
    expect(bodies).toContain('ll-auto');
    expect(bodies).not.toMatch(/shadow|sentence/);
  });
});

describe('log', () => {
  /** A project with a log, and the answers of `atel … --file --json` for it. */
  function project() {
    const folder = tempFolder();
    mkdirSync(join(folder, '.ll'));
    writeFileSync(join(folder, '.ll', 'll-config.json'), '{"telemetry":{}}');
    const file = join(folder, '.ll', 'telemetry.jsonl');
    writeFileSync(file, workLog);
    const json = async (...args: string[]): Promise<unknown> => {
      const env = { PATH: process.env.PATH ?? '', HOME: folder };
      const { code, stdout } = await runCommand([...args, '--file', '--json'], {
        env,
        cwd: folder,
      });
      expect(code).toBe(0);
      return JSON.parse(stdout);
    };
    return { folder, file, json };
  }
  const week = { from: '2026-03-09', to: '2026-03-16' };
  const asOptions = ['--since', week.from, '--until', week.to];

  it('log returns the same answers as the commands', async () => {
    const { folder, file, json } = project();
    expect(log.path(folder)).toBe(file);
    expect(log.path(tempFolder())).toBeUndefined();
    const summary = await log.summary({ file, ...week });
    expect(summary).toEqual({
      work: expect.anything() as unknown,
      work_by_tool: expect.anything() as unknown,
      tools: expect.anything() as unknown,
      log: { file, events: 25, duplicates: 1, unreadable: 3, torn: true },
    });
    expect(await json('summary', ...asOptions)).toMatchObject(summary);
    const trends = await log.trends({ file, period: 'weekly', ...week });
    expect(trends.work).toHaveLength(1);
    expect(await json('trends', '--weekly', ...asOptions)).toMatchObject(trends);
    const trace = await log.trace('ENH-70', { file });
    expect(trace.events).toHaveLength(12);
    expect(await json('trace', 'ENH-70')).toMatchObject(trace);
    expect((await log.trace('NO-1', { file })).events).toEqual([]);
  });

  it('log reads events one by one, all or a selection', async () => {
    const { file } = project();
    const idsOfEvents = async (asked: Parameters<typeof log.read>[0]) => {
      const ids = [];
      for await (const { event_id: id } of log.read({ file, ...asked })) ids.push(id);
      return ids;
    };
    expect(await idsOfEvents({})).toHaveLength(25);
    expect(await idsOfEvents({ ...week, task: 'ENH-70', tool: 'll-auto' })).toEqual(['e-12', 'e-15']);
    expect(await idsOfEvents({ from: '2026-03-11 08:02:45', to: '2026-03-11T08:02:50Z' })).toEqual([
      'e-17',
      'e-18',
    ]);
    await expect(idsOfEvents({ file: join(dirname(file), 'none.jsonl') })).rejects.toThrow(/ENOENT/);
    await expect(idsOfEvents({ from: 'soon' })).rejects.toThrow(/^from takes /);
  });
});

it('importing the SDK loads neither the export nor the commands', () => {
  const seen = new Map<string, string>();
  const follow = (file: string): void => {
    if (seen.has(file)) return;
    const code = readFileSync(file, 'utf8');
    seen.set(file, code);
    for (const [, target] of code.matchAll(/^(?:import|export)[^;]*?["'](\.[^"']+)["'];$/gm))
      follow(resolve(dirname(file), target!));
  };
  follow(join(dirname(cli), 'index.js'));
  const [entry = '', ...others] = seen.values();
  // The client is in another file, so imports were followed.
  expect(entry).not.toContain('function createTinybirdClient');
  expect(others.join('\n')).toContain('function createTinybirdClient');
  const all = [entry, ...others].join('\n');
  for (const heavy of ['ExportTraceServiceRequest', 'protobufjs', 'commander'])
    expect(all.includes(heavy), heavy).toBe(false);
});
