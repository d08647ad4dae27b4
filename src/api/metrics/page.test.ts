import { describe, expect, it } from 'vitest';
import { createTinybirdClient } from '../../store/client.js';
import { MetricsPage } from './page.js';

/** A store whose pipes have no rows, and how often it was asked. */
function emptyStore() {
  let asked = 0;
  const answer = () => {
    asked += 1;
    return Promise.resolve(Response.json({ data: [], meta: [], rows: 0 }));
  };
  const client = createTinybirdClient({ baseUrl: 'http://localhost:1', token: 'x', fetch: answer });
  return { client, asked: () => asked };
}

describe('the page of metrics', () => {
  it('is made again after a write, and not before', async () => {
    const { client, asked } = emptyStore();
    let version = 1;
    const page = new MetricsPage(
      'agent_telemetry_',
      () => version,
      () => 0,
    );
    await Promise.all([page.read(client), page.read(client)]);
    const once = asked();
    await page.read(client);
    expect(asked()).toBe(once);
    version = 2;
    await page.read(client);
    // The clock stands still, so the answer took no time and is not kept for longer.
    expect(asked()).toBe(2 * once);
  });

  it('is kept after a write for twenty times as long as it took, at most five minutes', async () => {
    const { client, asked } = emptyStore();
    let [version, now] = [1, 0];
    /** Each look at the clock is a second later. */
    const page = new MetricsPage(
      'agent_telemetry_',
      () => version,
      () => (now += 1_000),
    );
    await page.read(client);
    const once = asked();
    version = 2;
    now += 17_000;
    await page.read(client);
    expect(asked()).toBe(once);
    now += 5_000;
    await page.read(client);
    expect(asked()).toBe(2 * once);
  });

  it('is asked for again after a failure', async () => {
    let isUp = false;
    const client = createTinybirdClient({
      baseUrl: 'http://localhost:1',
      token: 'x',
      fetch: () =>
        isUp
          ? Promise.resolve(Response.json({ data: [], meta: [], rows: 0 }))
          : Promise.reject(new Error('connect ECONNREFUSED')),
    });
    const page = new MetricsPage('agent_telemetry_', () => 1);
    await expect(page.read(client)).rejects.toThrow();
    isUp = true;
    expect((await page.read(client)).type).toContain('text/plain; version=0.0.4');
  });
});
