import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAtel, type RunningAtel } from '../helpers/atel.js';
import { removeFolder } from '../helpers/temp.js';

const secret = ['planted', 'line', '5c0e'].join('-');

let home: string;
let atel: RunningAtel;
let planted: string;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'atel-sql-'));
  planted = join(home, 'planted.txt');
  writeFileSync(planted, `${secret}\n`);
  atel = await startAtel({ home });
});
afterAll(async () => {
  await atel.stop();
  await removeFolder(home);
});

describe('atel sql', () => {
  it.each<[string, (path: string) => string, RegExp]>([
    ['a call', (path) => `SELECT file('${path}')`, /file\(\) is not allowed/],
    ['arrayMap', (path) => `SELECT arrayMap(file, ['${path}'])`, /the name file is not allowed/],
    ['a quoted name', (path) => `SELECT arrayMap(\`file\`, ['${path}'])`, /the name file is not allowed/],
    ['APPLY', (path) => `SELECT * APPLY(file) FROM (SELECT '${path}' AS a)`, /the name file is not allowed/],
    ['an alias', (path) => `WITH file AS g SELECT arrayMap(g, ['${path}'])`, /the name file is not allowed/],
    ['a table function', (path) => `SELECT * FROM file('${path}', LineAsString)`, /file\(\) is not allowed/],
    ['a text as a table', (path) => `SELECT * FROM '${path}'`, /a table is a name/],
    ['a path as a table name', (path) => `SELECT * FROM \`${path}\``, /not found/],
  ])('atel sql cannot read a file through %s, and says so in one line', async (_, query, reason) => {
    const { code, stdout, stderr } = await atel.command('sql', query(planted));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).not.toContain(secret);
    expect(stderr).toMatch(/^atel: [^\n]+\n$/);
    expect(stderr).toMatch(reason);
  });

  it('atel sql answers queries that read tables and compute', async () => {
    const query =
      "SELECT count() AS events, arrayMap(x -> upper(x), ['file']) AS names FROM telemetry_events";
    const { code, stdout, stderr } = await atel.command('sql', query, '--json');
    expect({ code, stderr, rows: JSON.parse(stdout) as unknown }).toEqual({
      code: 0,
      stderr: '',
      rows: [{ events: 0, names: ['FILE'] }],
    });
  });
});
