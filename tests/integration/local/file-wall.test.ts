import { existsSync, readlinkSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SERVER_ENVIRONMENT } from '../../../src/base/thread-pool.js';
import { startAtel } from '../../helpers/atel.js';
import { serverOf } from '../../helpers/background.js';
import { capturesFolder } from '../../helpers/captures.js';
import { run } from '../../helpers/process.js';
import { temporaryFolder } from './server.js';

const script = fileURLToPath(new URL('walled.ts', import.meta.url));
const root = fileURLToPath(new URL('../../..', import.meta.url));

describe('the scalar function file()', () => {
  it('file() reads nothing once the working folder is gone, even without the checks of the SQL', async () => {
    await using folder = await temporaryFolder();
    const secret = ['planted', 'text', '90c1'].join('-');
    const planted = join(folder.path, 'planted.txt');
    await writeFile(planted, secret);
    await mkdir(join(folder.path, 'store'));
    const env = { PATH: process.env.PATH ?? '', HOME: folder.path, ...SERVER_ENVIRONMENT };
    const args = ['--import', 'tsx', script, join(folder.path, 'store'), planted];
    const { stdout, stderr, code } = await run(process.execPath, args, { env, cwd: root });
    expect([code, stderr]).toEqual([0, '']);
    const answers = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as [string, string, string]);
    const of = (when: string, isFile: boolean) =>
      answers
        .filter(([one, sql]) => one === when && sql.includes('file') === isFile)
        .map(([, , text]) => text);
    // The engine itself refused none of them before.
    expect(of('before', true).filter((text) => text.includes(secret)).length).toBeGreaterThanOrEqual(20);
    expect(of('after', true)).toEqual(Array(24).fill(expect.stringContaining('getcwd failed')));
    expect(of('after', false)).toEqual(Array(4).fill('{"text":1}\n'));
    // Nor while a file is imported, for which the engine needs a working folder.
    const during = of('during', true);
    expect(during.length).toBeGreaterThan(10);
    expect(during.filter((text) => !text.includes('getcwd failed'))).toEqual([]);
    expect(of('imported', false)).toEqual(['[{"id":7}]']);
    expect(of('rows', false)).toEqual(['[{"id":7}]']);
  });

  it.runIf(existsSync('/proc/self/cwd'))('the process of every atel up has no working folder', async () => {
    await using folder = await temporaryFolder();
    const atel = await startAtel({ home: folder.path });
    onTestFinished(() => atel.stop());
    expect(readlinkSync(`/proc/${serverOf(folder.path)}/cwd`)).toMatch(/engine-nowhere \(deleted\)$/);
    expect((await fetch(`${atel.dashboardUrl}/`)).status).toBe(200);
    expect((await fetch(`${atel.apiUrl}/openapi.json`)).status).toBe(200);
    // An import of a file needs a working folder for a moment.
    const { stdout } = await atel.command('backfill', '--root', join(capturesFolder, 'transcripts'));
    expect(stdout).toContain('7 files of 4 sessions read');
    expect(readlinkSync(`/proc/${serverOf(folder.path)}/cwd`)).toMatch(/engine-nowhere \(deleted\)$/);
  });
});
