import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../helpers/command-host.js';
import { prepareStore } from '../helpers/prepared-store.js';
import { tempFolder } from '../helpers/temp.js';
import { openServer, temporaryFolder } from './local/server.js';

describe('atel deploy', () => {
  it('changes nothing of a workspace that has it all, and removes nothing of another one unasked', async () => {
    await using folder = await temporaryFolder();
    const data = join(folder.path, 'store');
    prepareStore(data);
    await using server = await openServer(data);
    const atel = (...args: string[]) =>
      runCommand(['deploy', ...args], {
        env: {
          PATH: process.env.PATH ?? '',
          HOME: tempFolder(),
          TINYBIRD_URL: server.local.url,
          TINYBIRD_TOKEN: 'local',
        },
      });

    const unchanged = await atel();
    expect(unchanged).toMatchObject({ code: 0, stderr: '' });
    expect(unchanged.stdout).toMatch(
      / 0 resources new, \d+ there already\.\nThe workspace has all of it already/,
    );

    // A build replaces the whole project: now the workspace has only a table of the user's own, with a row.
    const built = await server.deploy('/v1/build', {
      'visits.datasource': 'SCHEMA >\n    a String `json:$.a`\nENGINE MergeTree\nENGINE_SORTING_KEY a\n',
    });
    expect(built.status).toBe(200);
    await server.ingest('visits', [{ a: 'x' }]);
    const refused = await atel();
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stdout).toContain('  + requests.datasource\n');
    expect(refused.stdout).toContain('  - visits.datasource\n');
    expect(refused.stderr).toContain('1 resource that this version does not have');
    expect(await server.rows('SELECT a FROM visits')).toEqual([{ a: 'x' }]);

    const deployed = await atel('--allow-destructive');
    expect(deployed).toMatchObject({ code: 0, stderr: '' });
    expect(deployed.stdout).toMatch(/Deployed \(deployment \d+\): it answers queries\.\n$/);
    expect((await server.send('/v0/datasources/visits')).status).toBe(404);
    expect(await server.call('cost_total', '?days=7')).toMatchObject([{ request_count: 0 }]);
  });

  it.each([
    [{ TINYBIRD_URL: 'api.tinybird.co', TINYBIRD_TOKEN: 't' }, 'TINYBIRD_URL takes an address such as'],
    [{ TINYBIRD_URL: 'https://api.tinybird.co' }, 'set TINYBIRD_TOKEN to a token of the workspace'],
    [
      { TINYBIRD_URL: 'http://127.0.0.1:9', TINYBIRD_TOKEN: 't' },
      'http://127.0.0.1:9/v0/datasources cannot be reached',
    ],
  ])('%j is one clear error', async (env, says) => {
    const ended = await runCommand(['deploy'], {
      env: { PATH: process.env.PATH ?? '', HOME: tempFolder(), ...env },
    });
    expect(ended).toMatchObject({ code: 1, stdout: '' });
    expect(ended.stderr.trim().split('\n')).toHaveLength(1);
    expect(ended.stderr).toContain(says);
  });
});
