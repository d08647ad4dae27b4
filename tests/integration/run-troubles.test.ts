import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { cli } from '../helpers/atel.js';
import { endsInBackground, until } from '../helpers/background.js';
import { run } from '../helpers/process.js';
import { standInForDrain } from '../helpers/stand-in.js';
import { tempFolder } from '../helpers/temp.js';

const PATH = [dirname(process.execPath), process.env.PATH ?? ''].join(':');

it('atel run ends with the command while the store accepts connections and never answers', async () => {
  const root = tempFolder();
  const home = join(root, 'telemetry');
  mkdirSync(home);
  endsInBackground(home);
  const held: Socket[] = [];
  const store = createServer((socket) => {
    held.push(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => store.listen(0, '127.0.0.1', resolve));
  try {
    const env = {
      PATH,
      HOME: root,
      AGENT_TELEMETRY_HOME: home,
      TINYBIRD_URL: `https://localhost:${(store.address() as AddressInfo).port}`,
      AGENT_TELEMETRY_APPEND_TOKEN: 'append',
      AGENT_TELEMETRY_READ_TOKEN: 'read',
    };
    const wrapped = (script: string) =>
      run('timeout', ['-s', 'KILL', '60', process.execPath, cli, 'run', '--', 'sh', '-c', script], {
        env,
        input: 'in',
      });
    expect(await wrapped('cat; exit 7')).toEqual({ code: 7, signal: null, stdout: 'in', stderr: '' });
    await until('a drain waits for the store', () => held.length > 0);
    // One process now hangs in the background, and does not delay a second command.
    expect(await wrapped('kill -TERM $$; sleep 10')).toEqual({
      code: null,
      signal: 'SIGTERM',
      stdout: '',
      stderr: '',
    });
  } finally {
    for (const socket of held) socket.destroy();
    store.close();
  }
});

it('atel run starts the command before it reads any file of the user', async () => {
  const root = tempFolder();
  const home = join(root, 'telemetry');
  const order = join(root, 'order.json');
  mkdirSync(home);
  standInForDrain(home);
  const watch = join(root, 'watch.cjs');
  writeFileSync(
    watch,
    `const fs = require('node:fs'), processes = require('node:child_process'), net = require('node:net');
const { syncBuiltinESMExports } = require('node:module');
const write = fs.writeFileSync, seen = [];
const note = (owner, name, what) => {
  const before = owner[name];
  owner[name] = function (...args) {
    const said = what(args);
    if (said) seen.push(said);
    return Reflect.apply(before, this, args);
  };
};
const ofUser = ([path]) => typeof path === 'string' && path.startsWith(${JSON.stringify(root)}) && 'file';
for (const name of Object.keys(fs)) if (/^[a-z]/.test(name) && typeof fs[name] === 'function') note(fs, name, ofUser);
for (const name of Object.keys(fs.promises))
  if (typeof fs.promises[name] === 'function') note(fs.promises, name, ofUser);
note(processes, 'spawn', ([program]) => 'spawn ' + program);
note(net.Socket.prototype, 'connect', () => 'network');
syncBuiltinESMExports();
process.on('exit', () => write(${JSON.stringify(order)}, JSON.stringify(seen)));
`,
  );
  const result = await run(process.execPath, ['--require', watch, cli, 'run', '--', 'sh', '-c', 'exit 3'], {
    env: { PATH, HOME: root, AGENT_TELEMETRY_HOME: home },
    cwd: root,
  });
  expect(result).toEqual({ code: 3, signal: null, stdout: '', stderr: '' });
  const seen = JSON.parse(readFileSync(order, 'utf8')) as string[];
  expect(seen[0]).toBe('spawn sh');
  expect(seen).toContain('file');
  expect(seen).not.toContain('network');
});

it('atel run changes nothing if the home folder is not readable', async () => {
  const root = tempFolder();
  const home = join(root, 'home');
  mkdirSync(home);
  chmodSync(root, 0o755);
  chmodSync(home, 0o000);
  // Root can read everything, so the command runs as nobody.
  const before =
    process.getuid?.() === 0 ? ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'] : [];
  const script = ['sh', '-c', 'cat; echo err >&2; exit 9'];
  const [program = '', ...args] = [...before, process.execPath, cli, 'run', '--', ...script];
  const result = await run(program, args, { env: { PATH, HOME: home }, input: 'in', cwd: root });
  chmodSync(home, 0o700);
  expect(result).toEqual({ code: 9, signal: null, stdout: 'in', stderr: 'err\n' });
});
