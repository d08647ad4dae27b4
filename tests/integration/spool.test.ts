import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { homePaths } from '../../src/base/home.js';
import { redacted } from '../../src/signals/privacy/redacted-row.js';
import { Spool } from '../../src/spool/spool.js';
import { cli, runCommand } from '../helpers/command-host.js';
import { run } from '../helpers/process.js';
import { tempFolder } from '../helpers/temp.js';

const event = (id: string, table = 'telemetry_events') =>
  redacted({
    table,
    row: {
      event_id: id,
      timestamp: '2026-11-20 10:00:00.000',
      session_id: 's',
      source: 'cli',
      event: 'custom',
    },
  });

/** A store that accepts everything except the rows of one table, which it answers as configured. */
async function pickyStore(refused: string, refuse: (response: ServerResponse) => void) {
  const asked: string[] = [];
  const stored: Record<string, string[]> = {};
  const state = { isPicky: true };
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      response.setHeader('content-type', 'application/json');
      if (pathname !== '/v0/events') {
        response.end('{"data": []}');
        return;
      }
      const table = searchParams.get('name') ?? '';
      asked.push(table);
      if (table === refused && state.isPicky) {
        refuse(response);
        return;
      }
      const rows = body.trim().split('\n');
      (stored[table] ??= []).push(...rows.map((row) => (JSON.parse(row) as { event_id: string }).event_id));
      response.end(JSON.stringify({ successful_rows: rows.length, quarantined_rows: 0 }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { asked, stored, state, url: `http://localhost:${port}` };
}

describe('a table whose rows the store refuses', () => {
  it.each([401, 403, 404, 500, 503, 402, 409, 302])(
    'a refusal with %i delays only the rows of that table, and status names it',
    async (status) => {
      const home = tempFolder();
      const store = await pickyStore('api_requests', (response) => {
        response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {});
        response.end('{"error": "not this one"}');
      });
      const env = {
        PATH: process.env.PATH ?? '',
        HOME: home,
        AGENT_TELEMETRY_HOME: home,
        TINYBIRD_URL: store.url,
      };
      const atel = (...args: string[]) => runCommand(args, { env });
      const spool = new Spool(homePaths(home).spool);
      await spool.append([event('a', 'api_requests'), event('b'), event('c', 'skill_activations')]);
      await spool.append([event('d', 'api_requests'), event('e')]);

      const flushed = await atel('flush');
      expect(flushed).toMatchObject({ code: 1, stdout: 'flush: 0 events read, 3 rows stored\n' });
      expect(flushed.stderr).toMatch(/^atel: 2 batches not delivered: api_requests: /);
      expect(store.stored).toEqual({ telemetry_events: ['b', 'e'], skill_activations: ['c'] });
      expect(store.asked.filter((table) => table === 'api_requests')).toHaveLength(1);

      if (status === 404) expect((await atel('status')).stdout).toMatch(/^Problem +api_requests: /m);
      const told = await atel('status', '--json');
      expect(told.code).toBe(1);
      expect(JSON.parse(told.stdout)).toMatchObject({ refused_tables: [{ table: 'api_requests' }] });

      store.state.isPicky = false;
      await expect(atel('flush')).resolves.toMatchObject({ code: 0, stderr: '' });
      expect(store.stored.api_requests).toEqual(['a', 'd']);
      expect(store.stored.telemetry_events).toEqual(['b', 'e']);
    },
  );

  it('after a wrong token, no drain asks the store again for minutes', async () => {
    const home = tempFolder();
    const wrong = await pickyStore('api_requests', (response) =>
      response.writeHead(403).end('{"error": "token"}'),
    );
    const env = {
      PATH: process.env.PATH ?? '',
      HOME: home,
      AGENT_TELEMETRY_HOME: home,
      TINYBIRD_URL: wrong.url,
    };
    const spool = new Spool(homePaths(home).spool);
    const drain = () => run(process.execPath, [join(cli, '..', 'drain.js')], { env });
    for (let n = 0; n < 3; n += 1) {
      await spool.append([event(`a${n}`, 'api_requests')]);
      await drain();
    }
    expect(wrong.asked).toEqual(['api_requests']);
    await expect(spool.state()).resolves.toMatchObject({ segments: 3, deadLetters: 0 });
  });
});

describe('damaged segments on disk', () => {
  it('only the damaged rows are lost; status counts them, and their bytes are kept', async () => {
    const home = tempFolder();
    const store = await pickyStore('', () => undefined);
    const env = {
      PATH: process.env.PATH ?? '',
      HOME: home,
      AGENT_TELEMETRY_HOME: home,
      TINYBIRD_URL: store.url,
    };
    const atel = (...args: string[]) => runCommand(args, { env });
    const { spool: folder } = homePaths(home);
    const segments = join(folder, 'segments');
    const table = 'telemetry_events';
    const flip = (content: Buffer, text: string) => {
      const flipped = Buffer.from(content);
      flipped[flipped.indexOf(text)]! ^= 1;
      return flipped;
    };
    /** Writes a damaged segment. */
    const put = async (rows: ReturnType<typeof event>[], change: (content: Buffer) => Buffer) => {
      const aside = tempFolder();
      const other = new Spool(aside);
      await other.append(rows);
      const [name = ''] = await other.waiting();
      mkdirSync(segments, { recursive: true, mode: 0o700 });
      writeFileSync(join(segments, name), change(readFileSync(join(aside, 'segments', name))));
    };
    await put([event('a'), event('b'), event('c')], (content) =>
      flip(content, `${table}","row":{"event_id":"b"`),
    );
    await put([event('d'), event('e')], (content) => content.subarray(0, -40));
    await put([event('f')], () => Buffer.alloc(0));
    // In the format of an earlier version.
    writeFileSync(join(segments, '00001700000000000-aa.ndjson'), `${JSON.stringify(event('old'))}\n`);

    await expect(atel('flush')).resolves.toMatchObject({ code: 0 });
    expect(store.stored.telemetry_events?.sort()).toEqual(['a', 'c', 'd', 'old']);
    const status = await atel('status');
    expect(status.code).toBe(1);
    expect(status.stdout).toMatch(/^Damaged +3 rows on disk$/m);
    const { damaged } = JSON.parse((await atel('status', '--json')).stdout) as {
      damaged: { rows: number; reasons: string[] };
    };
    expect(damaged.rows).toBe(3);
    expect(damaged.reasons.map((reason) => reason.replace(/^\S+ /, '')).sort()).toEqual([
      'cut short on disk',
      'damaged on disk',
      'damaged on disk',
    ]);
    const kept = readdirSync(join(folder, 'damaged')).map((name) =>
      readFileSync(join(folder, 'damaged', name), 'utf8'),
    );
    expect(kept).toHaveLength(3);
    expect(kept.join('')).toContain('\\"event_id\\":\\"b\\"');
  });
});
