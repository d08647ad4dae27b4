import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { captureLines, captureStatus } from './capture-status.js';
import { otelEnvironment } from './otel-settings.js';

const block = otelEnvironment('http/protobuf', { grpc: 4717, http: 8317 });
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'atel-status-'));
  vi.stubEnv('CLAUDE_CONFIG_DIR', undefined);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(root, { recursive: true, force: true });
});

const user = () => join(root, 'me', '.claude', 'settings.json');
const shared = () => join(root, 'shop', '.claude', 'settings.json');
const local = () => join(root, 'shop', '.claude', 'settings.local.json');

async function put(file: string, settings: unknown): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(settings));
}

/** The status when OpenTelemetry reported that many requests on each of two days. */
const captureState = async (seen: [number, number] | 'no answer' | 'down' = [0, 0]) => {
  const ask = () =>
    seen === 'no answer' || seen === 'down'
      ? Promise.reject(new Error('the store is down'))
      : Promise.resolve(seen.map((seen_by_otel) => ({ seen_by_otel })));
  const status = await captureStatus(
    seen === 'down' ? undefined : ask,
    join(root, 'me'),
    join(root, 'shop'),
    join(root, 'managed-settings.json'),
  );
  return { ...status, lines: captureLines(status) };
};

describe("what Claude Code's settings say about recording", () => {
  it('without settings, nothing is reported', async () => {
    expect(await captureState()).toEqual({
      hooks: [],
      retention: { days: 30, file: null },
      hooks_off: [],
      otel: { settings: null, ignored_in: [], overridden_by: [], requests: null },
      lines: { hooks: [], otel: [] },
    });
  });

  it('OpenTelemetry is reported as switched on and never seen, unless something was received', async () => {
    await put(user(), { env: block });
    expect((await captureState()).lines.otel).toEqual([
      `on in ${user()}`,
      'configured, never seen in 30 days',
    ]);
    expect((await captureState([0, 3])).otel).toEqual({
      settings: user(),
      ignored_in: [],
      overridden_by: [],
      requests: 3,
    });
    expect((await captureState([0, 3])).lines.otel).toEqual([`on in ${user()}`]);
  });

  it('whether OpenTelemetry arrives is unknown while the store does not answer', async () => {
    await put(user(), { env: block });
    for (const state of ['no answer', 'down'] as const)
      expect(await captureState(state)).toMatchObject({
        otel: { requests: null },
        lines: { otel: [`on in ${user()}`] },
      });
  });

  it('project settings with variables that newer clients ignore are named', async () => {
    await put(shared(), { env: block });
    await put(local(), { env: { ...block, OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otel.example.com' } });
    const { otel, lines } = await captureState();
    expect(otel).toEqual({ settings: null, ignored_in: [shared()], overridden_by: [], requests: 0 });
    expect(lines.otel).toHaveLength(1);
    expect(lines.otel[0]).toContain(`${shared()} has its variables`);
  });

  it('managed settings that override the variables are named, the later file first', async () => {
    const managed = (name: string) => join(root, name);
    const lower = managed('managed-settings.d/10-lower.json');
    const upper = managed('managed-settings.d/20-upper.json');
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otel.example.com' };
    await put(managed('managed-settings.json'), { env: { ...endpoint, CLAUDE_CODE_ENABLE_TELEMETRY: '1' } });
    // Without our OpenTelemetry settings, nothing is overridden.
    expect((await captureState()).otel.overridden_by).toEqual([]);
    await put(user(), { env: block });
    expect((await captureState()).lines.otel[2]).toMatch(
      /managed-settings\.json sets OTEL_EXPORTER_OTLP_ENDPOINT: the managed settings of this machine override yours/,
    );
    // Each of these overrides the previous one.
    await put(lower, { env: { ...endpoint, OTEL_LOGS_EXPORTER: 'none' } });
    await put(upper, {
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: block.OTEL_EXPORTER_OTLP_ENDPOINT,
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'https://metrics.example.com',
      },
    });
    await put(managed('managed-settings.d/.hidden.json'), { env: { OTEL_METRICS_EXPORTER: 'none' } });
    expect((await captureState()).otel.overridden_by).toEqual([
      { file: lower, variables: ['OTEL_LOGS_EXPORTER'] },
      { file: upper, variables: ['OTEL_EXPORTER_OTLP_METRICS_ENDPOINT'] },
    ]);
    await put(upper, { allowManagedHooksOnly: true });
    expect((await captureState()).hooks_off).toEqual([{ file: upper, key: 'allowManagedHooksOnly' }]);
  });

  it('the setting that switches hooks off is named', async () => {
    await put(local(), { disableAllHooks: true });
    await put(join(root, 'managed-settings.json'), { allowManagedHooksOnly: true });
    const { hooks_off, lines } = await captureState();
    expect(hooks_off.map(({ key }) => key)).toEqual(['disableAllHooks', 'allowManagedHooksOnly']);
    expect(lines.hooks[0]).toBe(`switched off by disableAllHooks in ${local()}: nothing is recorded`);
  });
});
