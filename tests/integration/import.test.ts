import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeTime } from '../../src/base/time/store-time.js';
import { projectOf } from '../../src/signals/project.js';
import { cli, startAtel, type RunningAtel } from '../helpers/atel.js';
import { run } from '../helpers/process.js';
import { removeFolder } from '../helpers/temp.js';
import { makeTelemetryEventRow } from './helpers/factories.js';

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
    // Both were opened at the same time: the higher number comes first.
    expect((await imported()).map((row) => [row.pr_number, row.state])).toEqual([
      [8, 'open'],
      [7, 'merged'],
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

  it('names a file that does not exist, and refuses anything but pull requests and commits', async () => {
    const missing = await atel.command('import', 'prs', join(folder, 'none.json'));
    expect(missing.code).not.toBe(0);
    expect(missing.stderr).toContain('none.json');
    const other = await atel.command('import', 'issues');
    expect(other.code).not.toBe(0);
    expect(other.stderr).toContain('prs');
  });
});

describe('atel import commits', () => {
  const repository = join(folder, 'shop');
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.com', ...args], {
      cwd: repository,
      env: { PATH: process.env.PATH, HOME: folder },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  const commit = (name: string) => {
    writeFileSync(join(repository, name), `${name}\n`);
    git('add', '.');
    git('commit', '-qm', name);
    return git('log', '--format=%h', '-1');
  };

  it('finds what became of commits of sessions in a repository, once, however often', async () => {
    mkdirSync(repository);
    git('init', '-q', '-b', 'main');
    commit('start');
    git('switch', '-qc', 'work');
    const [one, two] = [commit('one'), commit('two')];
    const made = (hash: string) =>
      makeTelemetryEventRow({
        ...{ event: 'commit', event_id: `commit ${hash}`, commit_hash: hash },
        project: projectOf(repository),
        timestamp: storeTime(Date.now()),
        payload: JSON.stringify({ kind: 'committed', place: 0, branch: 'work' }),
      });
    await atel.client.telemetryEvents.ingest([made(one), made(two)]);
    git('switch', '-q', 'main');
    commit('of somebody else');
    git('cherry-pick', one);
    const picked = git('rev-parse', 'HEAD').slice(0, 10);
    git('revert', '--no-edit', 'HEAD');
    const undone = git('rev-parse', 'HEAD').slice(0, 10);
    for (let time = 0; time < 2; time += 1)
      expect(await atel.command('import', 'commits', repository)).toMatchObject({
        code: 0,
        stdout: 'import: 2 commits of sessions compared, 1 copied or undone elsewhere\n',
      });
    const rows = await atel.client.costByCommit.query({ days: 1, project: projectOf(repository) });
    expect(rows.find((row) => row.commit_hash === one)).toMatchObject({
      copies: [picked],
      reverted_by: undone,
    });
    expect(rows.find((row) => row.commit_hash === two)).toMatchObject({ copies: [], reverted_by: '' });
  });

  it('says in one line what is wrong', async () => {
    expect((await atel.command('import', 'commits', join(folder, 'gone'))).stderr).toMatch(
      /gone: there is no such folder; nothing was imported\n$/,
    );
    expect((await atel.command('import', 'prs', 'prs.json', '--since', '2d')).stderr).toMatch(
      /^atel: --since is for atel import commits/,
    );
  });
});
