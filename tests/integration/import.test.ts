import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli, startAtel, type RunningAtel } from '../helpers/atel.js';
import { run } from '../helpers/process.js';
import { removeFolder } from '../helpers/temp.js';

const folder = mkdtempSync(join(tmpdir(), 'atel-import-'));
let atel: RunningAtel;
beforeAll(async () => {
  atel = await startAtel({ home: join(folder, 'home') });
});
afterAll(async () => {
  await atel.stop();
  await removeFolder(folder);
});

const open = {
  number: 7,
  url: 'https://github.com/acme/shop/pull/7',
  state: 'OPEN',
  createdAt: '2026-03-02T10:00:00Z',
  updatedAt: '2026-03-02T10:00:00Z',
  mergedAt: null,
  closedAt: null,
  headRefName: 'feature/x',
};
const merged = {
  ...open,
  state: 'MERGED',
  updatedAt: '2026-03-04T10:00:00Z',
  mergedAt: '2026-03-04T10:00:00Z',
  closedAt: '2026-03-04T10:00:00Z',
};

const file = (content: unknown) => {
  const path = join(folder, 'prs.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};
const imported = () => atel.client.costByPr.query({ from: '2026-03-01 00:00:00', to: '2026-04-01 00:00:00' });

describe('atel import prs', () => {
  it('stores each pull request in its newest state, whichever state comes first and however often', async () => {
    expect(await atel.command('import', 'prs', file([merged]))).toMatchObject({
      code: 0,
      stdout: 'import: 1 pull request\n',
      stderr: '',
    });
    const once = await imported();
    expect(once).toMatchObject([
      { pr_number: 7, state: 'merged', merged_at: '2026-03-04 10:00:00.000', cycle_ms: 2 * 86_400_000 },
    ]);
    for (const older of [[open], [merged], [merged, open]]) await atel.command('import', 'prs', file(older));
    expect(await imported()).toEqual(once);
  });

  it('reads stdin without a file', async () => {
    // With the byte-order mark of Windows' PowerShell.
    const input =
      '\uFEFF' + JSON.stringify([{ ...open, number: 8, url: 'https://github.com/acme/shop/pull/8' }]);
    const env = { PATH: process.env.PATH ?? '', HOME: folder, ...atel.env };
    expect(await run(process.execPath, [cli, 'import', 'prs'], { env, input })).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect((await imported()).map((row) => [row.pr_number, row.state])).toEqual([
      [7, 'merged'],
      [8, 'open'],
    ]);
  });

  it.each([
    ['not JSON', 'it is not JSON'],
    [{ prs: [] }, 'it is not a list, as gh pr list --json prints it'],
    [
      [open, { ...open, number: 9, url: 'https://github.com/acme/shop/pull/9', state: 'DRAFT' }],
      'entry 2: state is not one of OPEN, MERGED, CLOSED',
    ],
  ])('says in one line what is wrong and then imports nothing (%#)', async (content, says) => {
    const before = await imported();
    const path = file(content);
    const { code, stderr } = await atel.command('import', 'prs', path);
    expect(code).not.toBe(0);
    expect(stderr).toBe(`atel: ${path}: ${says}; nothing was imported\n`);
    expect(await imported()).toEqual(before);
  });

  it('names a file that does not exist, and refuses anything but pull requests', async () => {
    const missing = await atel.command('import', 'prs', join(folder, 'none.json'));
    expect(missing.code).not.toBe(0);
    expect(missing.stderr).toContain('none.json');
    const other = await atel.command('import', 'issues');
    expect(other.code).not.toBe(0);
    expect(other.stderr).toContain('prs');
  });
});
