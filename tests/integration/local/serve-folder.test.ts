import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { serve, type TinybirdServer } from '../../../src/local/index.js';
import { run } from '../../helpers/process.js';
import { temporaryFolder } from './server.js';

const cli = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));

const visits = `SCHEMA >
    page String \`json:$.page\`
ENGINE_SORTING_KEY "page"`;
const pages = (column: string) => `NODE n
SQL >
    SELECT ${column} FROM visits ORDER BY page
TYPE endpoint`;

/** A folder with one table and one pipe, each in a folder of its own, and files that are none of the project. */
async function createFolder(folder: string): Promise<void> {
  for (const name of ['datasources', 'pipes', 'node_modules', '.hidden']) await mkdir(join(folder, name));
  await writeFile(join(folder, 'datasources', 'visits.datasource'), visits);
  await writeFile(join(folder, 'pipes', 'pages.pipe'), pages('page'));
  await writeFile(join(folder, 'node_modules', 'other.datasource'), 'nonsense');
  await writeFile(join(folder, '.hidden', 'other.pipe'), 'nonsense');
  await writeFile(join(folder, 'README.md'), '# Pages');
}

const get = async ({ url }: Pick<TinybirdServer, 'url'>, path: string, token: string) => {
  const answer = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } });
  return { status: answer.status, body: (await answer.json()) as { data?: unknown } };
};
const post = (url: string, token: string, body: string) =>
  fetch(`${url}/v0/events?name=visits&wait=true`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body,
  });

describe('serve', () => {
  it('serve builds a folder, takes its own token alone, and removes its data at the end', async () => {
    await using folder = await temporaryFolder();
    await createFolder(folder.path);
    await using tinybird = await serve({ folder: folder.path, token: 'mine' });
    expect(tinybird).toMatchObject({ token: 'mine', files: ['visits.datasource', 'pages.pipe'] });
    expect((await post(tinybird.url, 'mine', '{"page":"/a"}')).status).toBe(200);
    expect(await get(tinybird, '/v0/pipes/pages.json', 'mine')).toMatchObject({
      status: 200,
      body: { data: [{ page: '/a' }] },
    });
    expect((await get(tinybird, '/v0/pipes/pages.json', 'other')).status).toBe(403);
  });

  it('INCLUDE lines of Tinybird Classic are replaced by their files, with their variables', async () => {
    await using folder = await temporaryFolder();
    await createFolder(folder.path);
    const write = (path: string, text: string) => writeFile(join(folder.path, path), text);
    await mkdir(join(folder.path, 'includes'));
    await write('includes/outer.incl', 'INCLUDE "shown.incl" "COLUMN=page"\n');
    await write(
      'pipes/pages.pipe',
      'INCLUDE "includes/outer.incl"\n\nNODE n\nSQL >\n    SELECT page, again FROM shown\nTYPE endpoint\n',
    );
    await write(
      'includes/shown.incl',
      'NODE shown\nSQL >\n    SELECT $COLUMN, ${COLUMN} AS again FROM visits\n',
    );
    await using tinybird = await serve({ folder: folder.path });
    expect(tinybird.warnings).toEqual([]);
    await post(tinybird.url, tinybird.token, '{"page":"/a"}');
    expect(await get(tinybird, '/v0/pipes/pages.json', 'any')).toMatchObject({
      body: { data: [{ page: '/a', again: '/a' }] },
    });
    await write('includes/outer.incl', 'INCLUDE "gone.incl"\n');
    await expect(tinybird.build()).rejects.toThrow(
      'includes/outer.incl: INCLUDE "gone.incl": there is no such file in the project',
    );
    await write('includes/outer.incl', 'INCLUDE "outer.incl"\n');
    await expect(tinybird.build()).rejects.toThrow('the file includes itself');
    await write('includes/outer.incl', `INCLUDE "../../${folder.path.split('/').at(-1)}.txt"\n`);
    await expect(tinybird.build()).rejects.toThrow('there is no such file in the project');
  });

  it('what a build does not refuse but some calls meet is among the warnings', async () => {
    await using folder = await temporaryFolder();
    await createFolder(folder.path);
    const sql = '%\n    SELECT page FROM visits {% if defined(x) %} WHERE gone = 1 {% end %}';
    await writeFile(join(folder.path, 'pipes', 'pages.pipe'), `NODE n\nSQL >\n    ${sql}\nTYPE endpoint`);
    await using data = await temporaryFolder();
    // The next starts build nothing new: the same call still fails.
    for (let start = 0; start < 2; start += 1) {
      await using tinybird = await serve({ folder: folder.path, data: data.path });
      const expected = [
        expect.stringMatching(
          /^Pipe pages\.pipe: node n: a call that gives all optional parameters fails: .*gone/,
        ) as unknown,
      ];
      expect(tinybird.warnings).toEqual(expected);
      await tinybird.build();
      expect(tinybird.warnings).toEqual(expected);
    }
  });

  it('build reads the folder again and keeps the rows', async () => {
    await using folder = await temporaryFolder();
    await createFolder(folder.path);
    await using tinybird = await serve({ folder: folder.path });
    await post(tinybird.url, tinybird.token, '{"page":"/a"}');
    await writeFile(join(folder.path, 'pipes', 'pages.pipe'), pages('upper(page) AS page'));
    await tinybird.build();
    expect(await get(tinybird, '/v0/pipes/pages.json', 'any')).toMatchObject({
      body: { data: [{ page: '/A' }] },
    });
    await writeFile(join(folder.path, 'pipes', 'pages.pipe'), pages('nothing'));
    await expect(tinybird.build()).rejects.toThrow(/^pages\.pipe: .*nothing/);
    expect(await get(tinybird, '/v0/pipes/pages.json', 'any')).toMatchObject({
      body: { data: [{ page: '/A' }] },
    });
  });

  it('data in a folder of its own is there the next time', async () => {
    await using folder = await temporaryFolder();
    await using data = await temporaryFolder();
    await createFolder(folder.path);
    const options = { folder: folder.path, data: data.path };
    const token = await (async () => {
      await using first = await serve(options);
      await post(first.url, first.token, '{"page":"/kept"}');
      return first.token;
    })();
    await using second = await serve({ ...options, strict: true });
    expect(second.token).toBe(token);
    expect(await get(second, '/v0/pipes/pages.json', token)).toMatchObject({
      body: { data: [{ page: '/kept' }] },
    });
  });

  it('a datafile that is wrong is named, and nothing is left behind', async () => {
    await using folder = await temporaryFolder();
    await createFolder(folder.path);
    await writeFile(join(folder.path, 'pipes', 'pages.pipe'), pages('nothing'));
    await expect(serve({ folder: folder.path })).rejects.toMatchObject({
      code: 'PROJECT_REFUSED',
      message: expect.stringMatching(/^pages\.pipe: .*nothing/) as string,
    });
    await expect(serve({ folder: join(folder.path, 'none') })).rejects.toMatchObject({
      code: 'PROJECT_REFUSED',
    });
    // The engine is free again.
    await writeFile(join(folder.path, 'pipes', 'pages.pipe'), pages('page'));
    await using tinybird = await serve({ folder: folder.path });
    expect(tinybird.files).toHaveLength(2);
  });
});

describe('atel tinybird', () => {
  const start = async (folder: string, ...args: string[]) => {
    const env = { PATH: process.env.PATH ?? '', HOME: folder };
    const child = spawn(process.execPath, [cli, 'tinybird', folder, '--port', '0', ...args], {
      env,
      stdio: 'pipe',
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const ready = String((await lines.next()).value);
    const [, url = ''] = /Tinybird API on (\S+),/.exec(ready) ?? [];
    const stop = () =>
      new Promise<number | null>((done) => {
        child.once('exit', (code) => done(code));
        child.kill('SIGTERM');
      });
    return { ready, url, stop };
  };

  it('the command serves a folder with its own data, no table of atel, and ends at a signal', async () => {
    await using folder = await temporaryFolder();
    await createFolder(folder.path);
    const first = await start(folder.path);
    expect(first.ready).toContain('2 datafiles, any token is an administrator');
    const { body } = await get(first, '/v0/datasources', 'any');
    expect(body).toMatchObject({ datasources: [{ name: 'visits' }] });
    await post(first.url, 'any', '{"page":"/a"}');
    expect(await first.stop()).toBe(0);
    expect(await readFile(join(folder.path, '.tinybird-data', '.gitignore'), 'utf8')).toBe('*\n');
    expect((await stat(join(folder.path, '.tinybird-data'))).mode & 0o777).toBe(0o700);

    const second = await start(folder.path, '--strict');
    const [, token = ''] = /admin token (\S+),/.exec(second.ready) ?? [];
    expect((await get(second, '/v0/pipes/pages.json', 'any')).status).toBe(403);
    expect(await get(second, '/v0/pipes/pages.json', token)).toMatchObject({
      body: { data: [{ page: '/a' }] },
    });
    expect(await second.stop()).toBe(0);
  });

  it('what is wrong with the folder or an option is said in one line, with exit code 1', async () => {
    await using folder = await temporaryFolder();
    await createFolder(folder.path);
    await writeFile(join(folder.path, 'pipes', 'pages.pipe'), pages('nothing'));
    const atel = (...args: string[]) =>
      run(process.execPath, [cli, 'tinybird', ...args], {
        env: { PATH: process.env.PATH ?? '', HOME: folder.path },
      });
    const broken = await atel(folder.path, '--port', '0');
    expect(broken).toMatchObject({ code: 1, stdout: '' });
    expect(broken.stderr).toMatch(/pages\.pipe: .*nothing/);
    expect(await atel(join(folder.path, 'none'), '--port', '0')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cannot be read') as string,
    });
    const wrong = await atel(folder.path, '--port', 'many');
    expect(wrong.stderr).toContain('--port is a number from 0 to 65535, not "many"');
    expect(wrong.code).not.toBe(0);
  });
});
