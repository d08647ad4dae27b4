import { cpSync, mkdirSync, mkdtempSync, readdirSync, statSync, symlinkSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SOURCES } from '../../scripts/dist-folder.mjs';
import { startAtel } from '../helpers/atel.js';
import { prepareStore } from '../helpers/prepared-store.js';
import { run } from '../helpers/process.js';
import { removeFolder } from '../helpers/temp.js';

const repository = fileURLToPath(new URL('../..', import.meta.url));
/** The inputs of the build, its result, and the other parts of the package. */
const PARTS = [...SOURCES, 'dist', '.claude', '.env'];

let root: string;
let clone: string;

/** A separate clone, because other tests run the dist/ of this one. */
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'atel-build-'));
  clone = join(root, 'clone');
  mkdirSync(clone);
  for (const part of PARTS)
    cpSync(join(repository, part), join(clone, part), { recursive: true, preserveTimestamps: true });
  symlinkSync(join(repository, 'node_modules'), join(clone, 'node_modules'));
});
afterAll(() => removeFolder(root));

/** The command that npm runs for `npm ci`, and for `npx atel` in a clone. */
const prepare = () =>
  run(process.execPath, ['build.mjs', '--prepare'], { cwd: clone, env: { PATH: process.env.PATH ?? '' } });

/** Identifies a dist/ folder. */
const identity = () => statSync(join(clone, 'dist')).ino;

/** Makes a source file newer than dist/. */
const touchSource = () => utimesSync(join(clone, 'src', 'base', 'home.ts'), new Date(), new Date());

/** The paths of all scripts and styles in the page. */
const assetsOf = (html: string) =>
  [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path!);

describe('npm run prepare', () => {
  it('a build leaves a running server intact, and does nothing if nothing has changed', async () => {
    // The clone has the same catalogue.
    prepareStore(join(root, 'home', 'store'));
    const atel = await startAtel({ home: join(root, 'home'), program: join(clone, 'dist', 'cli.js') });
    try {
      const before = identity();
      touchSource();
      const state = { isBuilt: false };
      const building = prepare().finally(() => (state.isBuilt = true));
      let [asked, missing] = [0, 0];
      const ask = async () => {
        const page = await fetch(`${atel.dashboardUrl}/`);
        expect(page.status).toBe(200);
        const assets = assetsOf(await page.text());
        expect(assets.length).toBeGreaterThan(0);
        for (const path of assets) expect((await fetch(atel.dashboardUrl + path)).status, path).toBe(200);
        expect(await atel.client.sql('SELECT count() AS n FROM requests')).toEqual([{ n: 0 }]);
        asked += 1;
      };
      while (!state.isBuilt) {
        await ask();
        // The program of hooks and commands exists at all times.
        if (!readdirSync(join(clone, 'dist')).includes('cli.js')) missing += 1;
      }
      expect(await building).toMatchObject({ code: 0, stderr: '' });
      expect(asked).toBeGreaterThan(1);
      expect(missing).toBe(0);
      expect(identity()).not.toBe(before);
      expect(readdirSync(clone).filter((name) => name.startsWith('dist'))).toEqual(['dist']);

      // The running server still uses the old program, including chunks that it has not loaded yet.
      await ask();
      await atel.loadCaptures();
      expect(await atel.client.costTotal.query({ days: 3_650 })).toMatchObject([{ request_count: 23 }]);

      const built = identity();
      expect(await prepare()).toMatchObject({ code: 0, stdout: '', stderr: '' });
      expect(identity()).toBe(built);
    } finally {
      await atel.stop();
    }
  }, 400_000);

  it('a failed build leaves dist/ as it was', async () => {
    const before = identity();
    touchSource();
    const broken = join(clone, 'src', 'index.ts');
    cpSync(broken, join(root, 'index.ts'));
    cpSync(join(clone, 'package.json'), broken);
    expect((await prepare()).code).not.toBe(0);
    cpSync(join(root, 'index.ts'), broken);
    expect(identity()).toBe(before);
    expect(readdirSync(clone).filter((name) => name.startsWith('dist'))).toEqual(['dist']);
  }, 200_000);
});
