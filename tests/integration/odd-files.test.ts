import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cli } from '../helpers/atel.js';
import { endsInBackground, until } from '../helpers/background.js';
import { run } from '../helpers/process.js';
import { tempFolder } from '../helpers/temp.js';
import { silent, unreachedStore } from './helpers/unreached-store.js';

const hooks = fileURLToPath(new URL('../../.claude/hooks', import.meta.url));

/** A home folder with a project, and a remote store that does not answer. */
function place() {
  const root = tempFolder();
  const [home, project] = [join(root, 'telemetry'), join(root, 'shop')];
  mkdirSync(join(home, 'inbox'), { recursive: true });
  mkdirSync(project);
  const env = unreachedStore(home, root);
  endsInBackground(home);
  return { root, home, project, env };
}

type Place = ReturnType<typeof place>;

/** Makes a FIFO, with its parent folders. */
function fifo(path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { force: true });
  execFileSync('mkfifo', [path]);
}

/**
 * All files that are opened, with their paths: no process may wait for a writer that never comes. Files of one entry are
 * read one after another, so that the first does not hide the others.
 */
const entries: [name: string, paths: (here: Place) => string[]][] = [
  ['the settings', ({ root }) => [join(root, '.config', 'agent-telemetry', 'config.json')]],
  ["the project's settings", ({ project }) => [join(project, '.ll', 'll-config.json')]],
  ["the repository's .git", ({ project }) => [join(project, '.git')]],
  ["the repository's config", ({ project }) => [join(project, '.git', 'config')]],
  ['a transcript', ({ root }) => [join(root, '.claude', 'projects', 'p', 's-1.jsonl')]],
  [
    "a subagent's transcript, what is said of the subagent, and a transcript beside it",
    ({ root }) =>
      ['s-1/subagents/agent-1.jsonl', 's-1/subagents/agent-1.meta.json', 's-0.jsonl'].map((name) =>
        join(root, '.claude', 'projects', 'p', name),
      ),
  ],
  [
    'a skill, the settings of the client and the list of plugins',
    ({ root }) =>
      ['skills/one/SKILL.md', 'settings.json', 'plugins/installed_plugins.json'].map((name) =>
        join(root, '.claude', name),
      ),
  ],
  ['the device', ({ home }) => [join(home, 'device')]],
  ['the health', ({ home }) => [join(home, 'health.json')]],
  ['the log', ({ home }) => [join(home, 'atel.log')]],
  ['the lock', ({ home }) => [join(home, 'drain.pid')]],
  [
    'a payload and what was emitted',
    ({ home }) => [join(home, 'inbox', 'odd.json'), join(home, 'emitted', '1.taken')],
  ],
  [
    'a session, a project log that is kept, the context and the cost of the day',
    ({ home }) =>
      ['sessions/s-1.json', 'logs/one.json', 'contexts/all.json', 'contexts/today.statusline'].map((name) =>
        join(home, name),
      ),
  ],
];

describe.each(entries)('a FIFO in place of %s', (_, pathsOf) => {
  it('a FIFO blocks neither drain, hooks, status line nor commands', async () => {
    const here = place();
    const { root, home, project, env } = here;
    const sessions = join(root, '.claude', 'projects', 'p');
    mkdirSync(join(sessions, 's-1', 'subagents'), { recursive: true });
    const line = JSON.stringify({
      type: 'user',
      uuid: 'u-1',
      timestamp: '2026-11-20T10:00:00.000Z',
      sessionId: 's-1',
      cwd: project,
      message: { role: 'user', content: '/one' },
    });
    for (const name of ['s-1.jsonl', 's-0.jsonl', 's-1/subagents/agent-1.jsonl'])
      writeFileSync(join(sessions, name), `${line}\n`);
    const paths = pathsOf(here);
    for (const path of paths) fifo(path);
    const payload = (name: string) =>
      JSON.stringify({
        hook_event_name: name,
        session_id: 's-1',
        transcript_path: join(sessions, 's-1.jsonl'),
        cwd: project,
        source: 'startup',
      });
    const how = { env, cwd: project };
    const program = (name: string, ...args: string[]) => [join(dirname(cli), name), ...args];
    const bounded = (args: string[], input = '') =>
      run('timeout', ['-s', 'KILL', '60', process.execPath, ...args], { ...how, input });

    for (const name of ['SessionStart', 'Stop'])
      expect(await run('sh', [join(hooks, 'log-event.sh')], { ...how, input: payload(name) })).toEqual(
        silent,
      );
    expect(await bounded(program('inject.cjs'), payload('SessionStart'))).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect(await bounded(program('statusline.cjs'), '{}')).toMatchObject({ code: 0, stderr: '' });
    const detached = { ...env, AGENT_TELEMETRY_DETACHED: '1' };
    const drained = await run('timeout', ['-s', 'KILL', '60', process.execPath, ...program('drain.js')], {
      cwd: project,
      env: detached,
    });
    expect(drained).toMatchObject({ code: 0, signal: null });
    expect(await bounded([cli, 'run', '--', 'sh', '-c', 'echo ran; exit 7'])).toMatchObject({
      code: 7,
      stdout: 'ran\n',
    });
    expect((await bounded([cli, 'emit', 'custom', 'name=x'])).code).toBe(0);
    for (const command of [['status'], ['init', '--user'], ['backfill', '--dry-run']])
      expect((await bounded([cli, ...command])).code, command.join(' ')).toBeLessThan(3);
    // In every case the two events become rows, or they wait if the settings cannot be read.
    const waits = readdirSync(join(home, 'inbox')).filter((name) => name !== 'odd.json');
    expect(waits).toHaveLength(paths.some((path) => path.includes('.config')) ? 2 : 0);
  }, 240_000);
});

describe('a drain that is stuck', () => {
  it('the next hook replaces a stuck drain once its lock is no longer touched', async () => {
    const { home, env } = place();
    const program = join(home, 'program');
    mkdirSync(program);
    const stuck = join(program, 'stuck', 'drain.js');
    mkdirSync(dirname(stuck));
    writeFileSync(stuck, 'console.log("up"); Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);');
    const child = spawn(process.execPath, [stuck]);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const ended = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));
    writeFileSync(join(home, 'drain.pid'), `${child.pid}\n`);
    writeFileSync(join(program, 'drain.js'), `import(${JSON.stringify(join(dirname(cli), 'drain.js'))});`);
    const hook = () =>
      run('sh', [join(hooks, 'log-event.sh')], { env, input: '{"session_id":"s","hook_event_name":"Stop"}' });
    const left = () => readdirSync(join(home, 'inbox')).length;

    // The drain looks alive, so the hook leaves its event to it.
    writeFileSync(join(home, 'drain.beat'), `${readFileSync('/proc/uptime', 'utf8').split('.')[0]}\n`);
    expect(await hook()).toEqual(silent);
    expect(left()).toBe(1);
    const before = new Date(Date.now() - 40_000);
    utimesSync(join(home, 'drain.pid'), before, before);
    writeFileSync(join(home, 'drain.beat'), '0\n');
    expect(await hook()).toEqual(silent);
    await until('another drain has taken both events', () => left() === 0);
    expect(await ended).toBe('SIGKILL');
  });
});

describe('a store whose answers never end', () => {
  it('a drain empties the inbox, keeps the rows, and ends', async () => {
    const { home, env } = place();
    const server = createServer((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = setInterval(() => response.write(' '), 50);
      response.on('close', () => clearInterval(more));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const local = {
      ...env,
      TINYBIRD_URL: `http://localhost:${(server.address() as AddressInfo).port}`,
      AGENT_TELEMETRY_DETACHED: '1',
    };
    writeFileSync(
      join(home, 'inbox', '1-0.json'),
      '{"session_id":"s","hook_event_name":"Stop","cwd":"/tmp"}',
    );
    const args = ['-s', 'KILL', '60', process.execPath, join(dirname(cli), 'drain.js')];
    expect(await run('timeout', args, { env: local })).toMatchObject({ code: 0, signal: null });
    expect(readdirSync(join(home, 'inbox'))).toEqual([]);
    expect(readdirSync(join(home, 'spool', 'segments'))).toHaveLength(1);
  }, 90_000);
});
