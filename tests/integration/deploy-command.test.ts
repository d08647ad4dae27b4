import { describe, expect, it } from 'vitest';
import { runCommand } from '../helpers/command-host.js';
import { tempFolder } from '../helpers/temp.js';
import { openServer, temporaryFolder } from './local/server.js';

const foreign = {
  'visits.datasource': 'SCHEMA >\n    a String `json:$.a`\nENGINE MergeTree\nENGINE_SORTING_KEY a\n',
};

describe('atel deploy', () => {
  it('deploys to an empty workspace, changes nothing the second time, and removes nothing unasked', async () => {
    await using folder = await temporaryFolder();
    await using server = await openServer(folder.path);
    const atel = (...args: string[]) =>
      runCommand(['deploy', ...args], {
        env: {
          PATH: process.env.PATH ?? '',
          HOME: tempFolder(),
          TINYBIRD_URL: server.local.url,
          TINYBIRD_TOKEN: 'local',
        },
      });

    const checked = await atel('--check');
    expect(checked).toMatchObject({ code: 0, stderr: '' });
    expect(checked.stdout).toContain('  + requests.datasource\n');
    expect(checked.stdout).toMatch(/Check passed: Tinybird would take it\. Nothing was changed\.\n$/);
    expect((await server.send('/v0/datasources')).body).toMatchObject({ datasources: [] });

    const deployed = await atel();
    expect(deployed).toMatchObject({ code: 0, stderr: '' });
    expect(deployed.stdout).toMatch(/Deployed \(deployment \d+\): it answers queries\.\n$/);
    expect(await server.call('cost_total', '?days=7')).toMatchObject([{ request_count: 0 }]);

    const again = await atel();
    expect(again.stdout).toMatch(
      / 0 resources new, \d+ there already\.\nThe workspace has all of it already/,
    );

    // A table of the user's own, with a row.
    const whole = await server.send('/v1/build', { method: 'POST', body: formOf(foreign) });
    expect(whole.status).toBe(200);
    await server.ingest('visits', [{ a: 'x' }]);
    const refused = await atel();
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stdout).toContain('  - visits.datasource\n');
    expect(refused.stderr).toContain('1 resource that this version does not have');
    expect(await server.rows('SELECT a FROM visits')).toEqual([{ a: 'x' }]);

    expect(await atel('--allow-destructive')).toMatchObject({ code: 0, stderr: '' });
    expect((await server.send('/v0/datasources/visits')).status).toBe(404);
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

function formOf(files: Record<string, string>): FormData {
  const form = new FormData();
  for (const [name, content] of Object.entries(files))
    form.append('data_project://', new File([content], name, { type: 'text/plain' }));
  return form;
}
