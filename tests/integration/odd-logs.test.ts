import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { cli } from '../helpers/atel.js';
import { endsInBackground } from '../helpers/background.js';
import { run } from '../helpers/process.js';
import { tempFolder } from '../helpers/temp.js';

const PATH = [dirname(process.execPath), process.env.PATH ?? ''].join(':');
const isRoot = process.getuid?.() === 0;

const sockets: { close: () => void }[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
});

/** What may be in the place of a log. */
const oddities: [what: string, put: (path: string) => unknown][] = [
  ['a FIFO', (path) => execFileSync('mkfifo', [path])],
  ['a folder', (path) => mkdirSync(path)],
  [
    'a socket',
    (path) =>
      new Promise<void>((resolve) => {
        sockets.push(createServer().listen(path, resolve));
      }),
  ],
  ['a link to /dev/zero', (path) => symlinkSync('/dev/zero', path)],
];

/** A project with a log, and a remote store that does not answer. */
function project() {
  const root = tempFolder();
  const [folder, home] = [join(root, 'shop'), join(root, 'telemetry')];
  mkdirSync(join(folder, '.ll'), { recursive: true });
  mkdirSync(home);
  writeFileSync(join(folder, '.ll', 'll-config.json'), JSON.stringify({ telemetry: {} }));
  endsInBackground(home);
  const env = {
    PATH,
    HOME: root,
    TMPDIR: root,
    AGENT_TELEMETRY_HOME: home,
    TINYBIRD_URL: 'https://localhost:9',
    AGENT_TELEMETRY_APPEND_TOKEN: 'append',
    AGENT_TELEMETRY_READ_TOKEN: 'read',
  };
  const bounded = (program: string, args: string[], before: string[] = []) =>
    run('timeout', ['-s', 'KILL', '60', ...before, process.execPath, program, ...args], { env, cwd: folder });
  return { root, folder, log: join(folder, '.ll', 'telemetry.jsonl'), bounded };
}

/** All commands that read a project log. */
const reading: string[][] = [
  ['summary', '--file'],
  ['trends', '--file'],
  ['trace', 'BUG-7', '--file'],
  ['export', '--file'],
  ['prune', '--older-than', '1d'],
];

describe.each(oddities)('%s in place of a project log', (what, put) => {
  it('each command that reads the log reports it in one clear line', async () => {
    const { root, folder, log, bounded } = project();
    await put(log);
    const given = join(root, 'given.jsonl');
    await put(given);
    // The error for a link names its target, if the link was given on the command line.
    const named = what.startsWith('a link') ? '/dev/zero' : given;
    for (const [name = '', ...rest] of reading) {
      expect(await bounded(cli, [name, ...rest]), name).toEqual({
        code: 1,
        signal: null,
        stdout: '',
        stderr: `atel: ${log} is not a regular file\n`,
      });
      const args = [name, ...rest.filter((arg) => arg !== '--file'), '--file', given];
      const refused = await bounded(cli, args);
      expect(refused, args.join(' ')).toMatchObject({ signal: null, stdout: '' });
      expect(refused.stderr).toBe(
        name === 'prune' && named === '/dev/zero'
          ? 'atel: --file takes a .jsonl or .ndjson file to prune, not /dev/zero\n'
          : `atel: ${named} is not a regular file\n`,
      );
    }
    const alias = join(folder, 'll-telemetry');
    symlinkSync(cli, alias);
    expect(await bounded(alias, ['summary'])).toMatchObject({
      code: 1,
      stderr: `atel: ${log} is not a regular file\n`,
    });
  }, 240_000);

  it('no other command is blocked', async () => {
    const { log, bounded } = project();
    await put(log);
    for (const args of [['summary'], ['status'], ['context']])
      expect(await bounded(cli, args), args.join(' ')).toMatchObject({ code: 1, signal: null });
    expect(await bounded(cli, ['emit', 'custom', 'name=x'])).toMatchObject({ code: 0, signal: null });
    expect(await bounded(cli, ['run', '--', 'sh', '-c', 'echo ran; exit 7'])).toEqual({
      code: 7,
      signal: null,
      stdout: 'ran\n',
      stderr: '',
    });
  }, 240_000);
});

describe('an unreadable project log', () => {
  it('each command that reads an unreadable log reports it in one clear line', async () => {
    const { root, folder, log, bounded } = project();
    writeFileSync(log, '{"event":"custom","name":"x"}\n');
    chmodSync(log, 0o000);
    // Root can read everything, so the commands run as nobody.
    const asNobody = isRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
    for (const path of [root, folder, dirname(log)]) chmodSync(path, 0o755);
    for (const args of reading) {
      const { code, signal, stdout, stderr } = await bounded(cli, args, asNobody);
      expect({ code, signal, stdout }, args.join(' ')).toEqual({ code: 1, signal: null, stdout: '' });
      expect(stderr).toMatch(/^atel: .*permission denied.*\n$/);
      expect(stderr).toContain(log);
    }
    chmodSync(log, 0o600);
    rmSync(log);
  }, 240_000);
});
