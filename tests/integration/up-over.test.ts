import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { cli, startAtel } from '../helpers/atel.js';
import { endsInBackground, until } from '../helpers/background.js';
import { startElsewhere } from '../helpers/elsewhere.js';
import { run } from '../helpers/process.js';
import { tempFolder } from '../helpers/temp.js';

/** A telemetry folder whose background processes end with the test. */
function telemetryFolder(): string {
  const home = tempFolder();
  endsInBackground(home);
  return home;
}

it.skipIf(process.platform !== 'linux')(
  'with a store elsewhere, atel up serves collector, API and page, and nothing is lost while the store is away',
  async () => {
    const cloud = await startAtel({ home: telemetryFolder() });
    onTestFinished(() => cloud.stop(), 60_000);
    const { tokens } = (await (
      await fetch(`${cloud.url}/v0/tokens`, { headers: { authorization: 'Bearer local' } })
    ).json()) as { tokens: { name: string; token: string }[] };
    const token = (name: string) => tokens.find((one) => one.name === name)?.token ?? '';
    const [append, read] = [token('agent_telemetry_append'), token('agent_telemetry_read')];
    await using elsewhere = await startElsewhere(cloud.url, [append, read]);

    const here = await startAtel({
      home: telemetryFolder(),
      env: {
        TINYBIRD_URL: elsewhere.url,
        AGENT_TELEMETRY_APPEND_TOKEN: append,
        AGENT_TELEMETRY_READ_TOKEN: read,
      },
    });
    onTestFinished(() => here.stop(), 60_000);
    const overview = () => fetch(`${here.apiUrl}/v1/overview?days=1`).then(({ status }) => status);

    const announced: string[] = [];
    const live = new AbortController();
    onTestFinished(() => live.abort());
    const stream = await fetch(`${here.apiUrl}/v1/live`, { signal: live.signal });
    void (async () => {
      const decoder = new TextDecoder();
      for await (const chunk of stream.body ?? []) announced.push(decoder.decode(chunk as Uint8Array));
    })().catch(() => undefined);
    // The first look at the row counts: what comes after it is new.
    await until('the store was asked for its counts', () => elsewhere.requests.includes('POST /v0/sql'));

    expect(await here.command('emit', 'issue_start', 'task_id=BUG-1')).toMatchObject({ code: 0 });
    expect(await here.command('flush')).toMatchObject({ code: 0 });
    expect(await cloud.client.emittedEvents.query({ days: 1 })).toMatchObject([{ task_id: 'BUG-1' }]);
    expect((await fetch(here.dashboardUrl)).headers.get('content-type')).toContain('text/html');
    await until('the page is told of new rows', () =>
      /"tables":\[.*"telemetry_events"/.test(announced.join('')),
    );

    const status = await here.command('status');
    expect(status.stdout).toContain(`${elsewhere.url} (REMOTE: data leaves this machine)`);
    expect(status.stdout).toContain(`Dashboard   ${here.dashboardUrl}\n`);
    expect(existsSync(join(here.home, 'store', 'server.lock'))).toBe(false);

    // Away: an event is acknowledged and waits, and a question gets one clear error.
    elsewhere.isUp = false;
    expect(await here.command('emit', 'issue_complete', 'task_id=BUG-1')).toMatchObject({ code: 0 });
    expect(await here.command('flush')).toMatchObject({ code: 1 });
    expect(await overview()).toBeGreaterThanOrEqual(500);
    elsewhere.isUp = true;
    await until('what waited is delivered', async () => (await here.command('flush')).code === 0);
    expect(await cloud.client.emittedEvents.query({ days: 1 })).toHaveLength(2);
  },
);

it('with a store elsewhere, atel up is not started in the background', async () => {
  const home = tempFolder();
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: home,
    TINYBIRD_URL: 'http://store.invalid',
    AGENT_TELEMETRY_APPEND_TOKEN: 'a',
    AGENT_TELEMETRY_READ_TOKEN: 'r',
  };
  const { code, stdout, stderr } = await run(process.execPath, [cli, 'up', '--detach'], { env });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('The store is http://store.invalid: atel up serves only the collector');
  expect(readdirSync(home)).toEqual([]);
});
