import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeTime } from '../../src/base/time/store-time.js';
import { schemas } from '../../src/schemas.js';
import { cli, startAtel, type RunningAtel } from '../helpers/atel.js';
import { until } from '../helpers/background.js';
import { run } from '../helpers/process.js';
import { killProcessesOf } from '../helpers/temp.js';
import { makeApiRequestRow } from './helpers/factories.js';

const root = mkdtempSync(join(tmpdir(), 'atel-alerts-'));
const home = join(root, 'telemetry');
const told = join(root, 'told.jsonl');
let atel: RunningAtel;
let posted: string[];

/** A program of the user that alerts are posted to. */
const receiver = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk: Buffer) => (body += chunk.toString()));
  request.on('end', () => {
    posted.push(body);
    response.end();
  });
});

beforeAll(async () => {
  posted = [];
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const address = receiver.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const settings = join(root, '.config', 'agent-telemetry');
  mkdirSync(settings, { recursive: true });
  writeFileSync(
    join(settings, 'config.json'),
    JSON.stringify({
      alert_command: `cat >> '${told}'; echo >> '${told}'`,
      alert_webhook: `http://127.0.0.1:${port}/told`,
    }),
  );
  atel = await startAtel({ home, userHome: root });
}, 120_000);
afterAll(async () => {
  await atel.stop();
  receiver.close();
  killProcessesOf(root);
  rmSync(root, { recursive: true, force: true, maxRetries: 5 });
}, 60_000);

let made = 0;
/** Stores a request of now that costs so much. */
async function spend(cost_usd: number, some = {}) {
  made += 1;
  await atel.client.apiRequests.ingest([
    makeApiRequestRow({
      ...{
        timestamp: storeTime(Date.now() - 1_000),
        cost_usd,
        session_id: 'session-a',
        project: 'shop-00000001',
      },
      ...{ event_id: `spent-${made}`, request_key: `spent-${made}`, request_id: `spent-${made}`, ...some },
    }),
  ]);
}

/** The states that a rule went through, the oldest first. */
const statesOf = async (rule: string) =>
  (await atel.client.alertHistory.query({ rule })).map(({ state }) => state).reverse();

const api = (path: string, method = 'GET', body?: unknown, headers: Record<string, string> = {}) =>
  fetch(`${atel.apiUrl}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
  });

describe('an alert', () => {
  it('fires after a write, is told everywhere once, and not again after a restart', async () => {
    const added = await atel.command(
      'alerts',
      'add',
      'costly',
      '--metric',
      'cost_usd',
      '--span',
      '24h',
      '--above',
      '5',
    );
    expect(added).toMatchObject({ code: 0, stderr: '', stdout: 'alerts: costly is saved\n' });
    await spend(2);
    await until('it is evaluated', async () => (await statesOf('costly')).length === 1);
    await spend(4);
    await until('it fires', async () => (await statesOf('costly')).length === 2);
    expect(await statesOf('costly')).toEqual(['ok', 'firing']);
    await until('it is told', () => posted.length > 0 && existsSync(told));

    const { rules } = schemas.alerts.parse(JSON.parse((await atel.command('alerts', '--json')).stdout));
    expect(rules).toMatchObject([
      { rule: 'costly', state: 'firing', value: 6, compared_with_value: 5, fired: 1 },
    ]);
    const [row] = await atel.client.alertList.query();
    const answer = (await (await api('/v1/alerts')).json()) as { alerts: unknown[] };
    expect(answer.alerts).toEqual([row]);

    const line = 'costly: cost_usd in 24h is 6.00 USD, above 5.00 USD';
    expect(posted.map((body) => JSON.parse(body) as unknown)).toMatchObject([
      { rule: 'costly', state: 'firing', state_before: 'ok', value: 6, threshold: 5, text: line },
    ]);
    expect(JSON.parse(readFileSync(told, 'utf8'))).toMatchObject({ rule: 'costly', text: line });
    const env = { PATH: process.env.PATH ?? '', HOME: root, ...atel.env };
    const shown = await run(process.execPath, [join(cli, '..', 'statusline.cjs')], { env, input: '{}' });
    expect(shown).toMatchObject({ code: 0, stdout: '! costly\n' });
    const session = await run(process.execPath, [join(cli, '..', 'inject.cjs')], {
      env,
      input: JSON.stringify({
        session_id: 'x',
        cwd: root,
        hook_event_name: 'SessionStart',
        source: 'startup',
      }),
    });
    expect(session.stdout).toContain(`- Alerts: ${line}.`);

    await atel.stop();
    atel = await startAtel({ home, userHome: root, port: Number(new URL(atel.url).port) });
    await spend(1);
    await until('it is evaluated again', () =>
      (JSON.parse(readFileSync(join(home, 'alerts.json'), 'utf8')) as { note: string }).note.includes('7.00'),
    );
    expect(await statesOf('costly')).toEqual(['ok', 'firing']);
    expect(posted).toHaveLength(1);
  }, 180_000);

  it('is tested without a change of its state', async () => {
    const { stdout } = await atel.command('alerts', 'test', 'costly', '--json');
    expect(schemas.alerts.parse(JSON.parse(stdout)).tested).toMatchObject([
      { session_id: '', state: 'firing', value: 7, threshold: 5 },
    ]);
    expect((await atel.command('alerts', 'test', 'nothing')).stderr).toContain(
      'there is no rule nothing (there are costly)',
    );
    expect((await atel.command('alerts', 'add', 'x', '--metric', 'joy', '--above', '1')).stderr).toContain(
      'metric takes one of cost_usd',
    );
    // Not saved silently.
    const watched = await atel.command('alerts', 'add', 'x', '--soft', '1', '--watch');
    expect([watched.code, watched.stderr]).toEqual([
      2,
      'atel: --watch takes no action, no rule and no --json: atel alerts --watch\n',
    ]);
    expect((await atel.command('alerts', 'add', 'x', '--above', '1')).stderr).toContain(
      'metric is missing: it takes one of cost_usd',
    );
    expect(
      (await atel.command('alerts', 'add', 'x', '--metric', 'cost_usd', '--above', 'much')).stderr,
    ).toContain('--above takes a number of at least 0, not "much"');
  });

  it('is saved, changed and removed over HTTP, and refused with what is wrong', async () => {
    const given = { rule: 'busy', metric: 'requests', span: '1h', above: 1_000 };
    const [added, again] = await Promise.all([
      api('/v1/alerts', 'POST', given),
      fetch(`${atel.dashboardUrl}/v1/alerts`, {
        method: 'POST',
        body: JSON.stringify(given),
        headers: { 'content-type': 'application/json' },
      }),
    ]);
    // Whichever came first.
    expect([added.status, again.status].sort()).toEqual([202, 409]);
    expect(await (added.ok ? added : again).json()).toMatchObject({
      rule: { ...given, severity: 'warning' },
    });
    await until(
      'it is stored',
      async () => (await atel.client.alertList.query({ rule: 'busy' })).length === 1,
    );
    expect((await api('/v1/alerts', 'POST', given)).status).toBe(409);
    expect((await api('/v1/alerts/busy', 'PATCH', { above: 1 })).status).toBe(202);
    await until('it fires', async () => (await statesOf('busy')).includes('firing'));
    expect((await api('/v1/alerts/busy', 'DELETE')).status).toBe(202);
    await until(
      'it is removed',
      async () => (await atel.client.alertList.query({ rule: 'busy' })).length === 0,
    );

    const refusals = [
      await api('/v1/alerts/busy', 'PATCH', { above: 1 }),
      await api('/v1/alerts', 'POST', { rule: 'No!', metric: 'requests', above: 1 }),
      await api('/v1/alerts', 'POST', given, { 'content-type': 'text/plain' }),
      await api('/v1/alerts', 'POST', given, { origin: 'http://evil.example' }),
      await api('/v1/alerts', 'PUT', given),
    ];
    expect(refusals.map(({ status }) => status)).toEqual([404, 400, 400, 403, 405]);
    const huge = await api('/v1/alerts', 'POST', { ...given, branch: 'x'.repeat(10_000_000) });
    expect(await huge.json()).toMatchObject({ error: { message: 'the body is longer than 65536 bytes' } });
    expect(refusals[4]?.headers.get('allow')).toBe('GET, HEAD, POST');
    expect(await refusals[1]?.json()).toMatchObject({
      error: {
        kind: 'bad_request',
        message: expect.stringContaining('rule takes a name of lower-case letters') as unknown,
      },
    });
  }, 150_000);
});

describe('a budget', () => {
  it('has days of the time zone of this machine, unless one is named', async () => {
    const env = { PATH: process.env.PATH ?? '', HOME: root, ...atel.env, TZ: 'Asia/Tokyo' };
    const add = (rule: string, ...more: string[]) =>
      run(process.execPath, [cli, 'alerts', 'add', rule, '--soft', '1000', ...more], { env });
    expect(await add('here')).toMatchObject({ code: 0, stderr: '' });
    expect(await add('there', '--timezone', 'Europe/Berlin')).toMatchObject({ code: 0, stderr: '' });
    const zones = (await atel.client.alertList.query()).map(({ rule, timezone }) => [rule, timezone]);
    expect(zones).toEqual(
      expect.arrayContaining([
        ['here', 'Asia/Tokyo'],
        ['there', 'Europe/Berlin'],
      ]),
    );
    for (const rule of ['here', 'there']) await atel.command('alerts', 'remove', rule);
  }, 60_000);

  it('per session names the session that is past it to the guard, and nothing when the server ends', async () => {
    await atel.command('alerts', 'add', 'mine', '--span', 'session', '--soft', '3', '--hard', '9');
    await until('the guard is told', () => existsSync(join(home, 'guard')));
    const guard = () => readFileSync(join(home, 'guard'), 'utf8').split('\n').slice(1);
    expect(guard()).toEqual([
      'soft|session-a|*|Budget mine: cost_usd per session is 7.00 USD, the soft limit is 3.00 USD.',
      '',
    ]);
    await spend(3);
    await until('it is past the hard limit', () => guard()[0]?.startsWith('hard') === true);
    expect(guard()[0]).toBe(
      'hard|session-a|*|Budget mine: cost_usd per session is 10.00 USD, the hard limit is 9.00 USD.',
    );
    const { stdout } = await atel.command('budget', '--json');
    expect(schemas.budget.parse(JSON.parse(stdout)).budgets).toMatchObject([
      { rule: 'mine', session_id: 'session-a', value: 10, soft: 3, hard: 9 },
    ]);
    await atel.stop();
    expect(existsSync(join(home, 'guard'))).toBe(false);
  }, 150_000);
});
