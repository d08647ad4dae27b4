/**
 * What an earlier version left on disk (store, spool, inbox, settings) opens with this one: nothing is lost, and what was
 * stored has the same figures. The fixtures are made by tests/stores/make.ts.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { deployCatalogue } from '../../src/cli/shared/catalogue.js';
import { startLocalServer } from '../../src/local/index.js';
import { startAtel } from '../helpers/atel.js';
import { expectAllEnded, expectCapturedTotals, expectEveryEvent } from '../helpers/captured-truth.js';
import { tempFolder } from '../helpers/temp.js';

const stores = fileURLToPath(new URL('../fixtures/stores', import.meta.url));
const catalogue = fileURLToPath(new URL('../../dist/catalogue.json', import.meta.url));
const commits = readdirSync(stores).flatMap((name) => /^(\w+)\.tar\.gz$/.exec(name)?.[1] ?? []);

type Row = Record<string, unknown>;

/** The home of the user of an earlier version. */
function unpack(commit: string): string {
  const home = tempFolder();
  execFileSync('tar', ['-xzf', join(stores, `${commit}.tar.gz`), '-C', home]);
  // The skill that the user typed is found: the folder of the project is not where the captured session ran.
  const skill = join(home, '.claude', 'skills', 'release-notes');
  mkdirSync(skill, { recursive: true });
  writeFileSync(join(skill, 'SKILL.md'), '---\ndescription: Write release notes\n---\nWrite them.\n');
  // The user's home is here now.
  for (const folder of ['sessions', 'inbox'])
    for (const name of readdirSync(join(home, '.agent-telemetry', folder))) {
      const file = join(home, '.agent-telemetry', folder, name);
      writeFileSync(file, readFileSync(file, 'utf8').replaceAll('/home/dev/.claude', `${home}/.claude`));
    }
  return home;
}

/** Rows with the given columns only, in an order of their own, floating point numbers rounded. */
function comparable(rows: readonly Row[], columns: readonly string[]): string[] {
  const text = (value: unknown) =>
    JSON.stringify(value, (_, one: unknown) => (typeof one === 'number' ? Number(one.toPrecision(9)) : one));
  return rows.map((row) => columns.map((column) => `${column}: ${text(row[column])}`).join('\n')).sort();
}

it.each(commits)(
  'the store of %s gives the answers that it gave, and loses nothing that waited',
  async (commit) => {
    const user = unpack(commit);
    const home = join(user, '.agent-telemetry');
    const before = JSON.parse(readFileSync(join(stores, `${commit}.json`), 'utf8')) as Record<string, Row[]>;
    const server = await startLocalServer({
      dataDir: join(home, 'store'),
      port: 0,
      prepare: ({ fetch, adminToken }) => deployCatalogue(catalogue, fetch, adminToken),
    });
    try {
      for (const [question, rows] of Object.entries(before)) {
        const url = `${server.url}/v0/pipes/${question}.json?date_from=2026-01-01%2000:00:00&date_to=2027-01-01%2000:00:00`;
        const answer = await fetch(url, { headers: { authorization: 'Bearer local' } });
        const { data } = (await answer.json()) as { data: Row[] };
        const columns = Object.keys(rows[0] ?? {}).filter((column) => column in (data[0] ?? {}));
        expect(columns.length, question).toBeGreaterThan(0);
        expect(comparable(data, columns), question).toEqual(comparable(rows, columns));
      }
    } finally {
      await server.close();
    }

    const atel = await startAtel({ home, userHome: user });
    onTestFinished(() => atel.stop(), 60_000);
    expect(await atel.command('flush')).toMatchObject({ code: 0, stderr: '' });
    await expectCapturedTotals(atel.client);
    await expectAllEnded(atel.client);
    await expectEveryEvent(atel.client);
    const status = JSON.parse((await atel.command('status', '--json')).stdout) as Row;
    expect(status).toMatchObject({
      waiting: { events: 0, batches: 0 },
      refused: { rows: 0 },
      damaged: { rows: 0 },
    });

    const shop = join(user, 'shop');
    expect(await atel.command('init', '--project', shop, '--remove')).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(join(shop, '.claude'))).toEqual(['skills']);
  },
  300_000,
);
