import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
  readFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cli, runCommand } from '../helpers/command-host.js';
import { run } from '../helpers/process.js';
import { tempFolder } from '../helpers/temp.js';
import { PATH, silent, unreachedStore } from './helpers/unreached-store.js';

const hooks = fileURLToPath(new URL('../../.claude/hooks', import.meta.url));
const payload = JSON.stringify({
  session_id: 's',
  hook_event_name: 'Stop',
  cwd: '/tmp',
  text: 'x'.repeat(3_000),
});

function place(home: string, root = home) {
  const env = unreachedStore(home, root);
  const hook = () => run('sh', [join(hooks, 'log-event.sh')], { env, input: payload });
  const status = async () => {
    const { code, stdout } = await runCommand(['status', '--json'], { env });
    const { lost_events: lost, folder_problem: problem } = JSON.parse(stdout) as {
      lost_events: number;
      folder_problem: string | null;
    };
    return { code, lost, problem };
  };
  const drain = () =>
    run(process.execPath, [join(dirname(cli), 'drain.js')], {
      env: { ...env, AGENT_TELEMETRY_DETACHED: '1' },
    });
  return { env, hook, status, drain };
}

/** Mounts a small file system; undefined if this user may not mount one. */
function smallDisk(): string | undefined {
  const folder = tempFolder();
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=0700', 'tmpfs', folder]).status !== 0)
    return undefined;
  onTestFinished(() => void spawnSync('umount', ['-l', folder]));
  return folder;
}

describe('a full disk', () => {
  it('every event lost on a full disk is counted, and status says so, then and later', async ({ skip }) => {
    const disk = smallDisk();
    if (disk === undefined) return skip('no file system can be mounted here');
    const home = join(disk, 'telemetry');
    mkdirSync(join(home, 'inbox'), { recursive: true });
    const { hook, status, drain } = place(home);
    // Filled to the last byte.
    spawnSync('dd', ['if=/dev/zero', `of=${join(disk, 'ballast')}`, 'bs=4k']);
    for (let n = 0; n < 5; n += 1) expect(await hook()).toEqual(silent);
    const full = await status();
    expect(full).toMatchObject({ code: 1, lost: 5 });
    expect(full.problem).toContain('the disk is full');
    rmSync(join(disk, 'ballast'));
    expect(await hook()).toEqual(silent);
    await drain();
    await drain();
    expect(await status()).toEqual({ code: 1, lost: 5, problem: null });
    expect(readdirSync(join(home, 'inbox'))).toEqual([]);
    // The command still runs.
    spawnSync('dd', ['if=/dev/zero', `of=${join(disk, 'ballast')}`, 'bs=4k']);
    const ran = await run(process.execPath, [cli, 'run', '--', 'sh', '-c', 'exit 7'], {
      env: place(home).env,
    });
    expect(ran).toMatchObject({ code: 7, stderr: '' });
  });

  it('every event that atel hook-handler loses on a full disk is counted', async ({ skip }) => {
    const disk = smallDisk();
    if (disk === undefined) return skip('no file system can be mounted here');
    const home = join(disk, 'telemetry');
    mkdirSync(join(home, 'inbox'), { recursive: true });
    const { env, status, drain } = place(home);
    spawnSync('dd', ['if=/dev/zero', `of=${join(disk, 'ballast')}`, 'bs=4k']);
    for (let n = 0; n < 2; n += 1)
      expect(await run(process.execPath, [cli, 'hook-handler'], { env, input: payload })).toEqual(silent);
    expect(await status()).toMatchObject({ code: 1, lost: 2 });
    rmSync(join(disk, 'ballast'));
    await drain();
    expect(await status()).toEqual({ code: 1, lost: 2, problem: null });
    expect(readdirSync(join(home, 'inbox'))).toEqual([]);
  });

  it('a day after the last loss, status reports no problem and still shows the count', async () => {
    const home = tempFolder();
    mkdirSync(join(home, 'inbox'));
    writeFileSync(join(home, 'inbox', '1-0.lost'), '');
    const { status, drain } = place(home);
    await drain();
    const health = JSON.parse(readFileSync(join(home, 'health.json'), 'utf8')) as { lostAt: number };
    writeFileSync(
      join(home, 'health.json'),
      JSON.stringify({ ...health, lostAt: health.lostAt - 25 * 3600_000 }),
    );
    expect((await status()).lost).toBe(1);
  });
});

describe('a telemetry folder that is not writable', () => {
  it('status says that the folder is not writable, and how many events were lost', async ({ skip }) => {
    if (process.getuid?.() === 0 && spawnSync('setpriv', ['--version']).status !== 0)
      return skip('root may write everywhere, and there is no setpriv');
    const root = tempFolder();
    const home = join(root, 'telemetry');
    mkdirSync(join(home, 'inbox'), { recursive: true });
    mkdirSync(join(root, 'tmp'));
    chmodSync(root, 0o755);
    chmodSync(join(root, 'tmp'), 0o777);
    chmodSync(join(home, 'inbox'), 0o555);
    chmodSync(home, 0o555);
    onTestFinished(() => {
      chmodSync(home, 0o755);
      chmodSync(join(home, 'inbox'), 0o755);
    });
    const { env } = place(home, join(root, 'tmp'));
    const asNobody = (command: string[], input = '') =>
      process.getuid?.() === 0
        ? run('setpriv', ['--reuid', '65534', '--regid', '65534', '--clear-groups', ...command], {
            env,
            input,
          })
        : run(command[0]!, command.slice(1), { env, input });
    for (let n = 0; n < 3; n += 1)
      expect(await asNobody(['sh', join(hooks, 'log-event.sh')], payload)).toEqual(silent);
    const { code, stdout } = await asNobody([process.execPath, cli, 'status', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      lost_events: 3,
      folder_problem: expect.stringContaining('cannot be written to') as string,
    });
    expect(code).toBe(1);
    expect((await asNobody([process.execPath, cli, 'run', '--', 'sh', '-c', 'exit 7'])).code).toBe(7);
  });
});

describe('the telemetry folder', () => {
  it('the telemetry folder contains no leftovers of ended processes, and exactly one device id', async () => {
    const home = tempFolder();
    mkdirSync(join(home, 'sessions'));
    const old = new Date(Date.now() - 3600_000);
    for (const name of ['drain.pid.123', 'drain.pid.ab-cd', 'sessions/.ab-cd.tmp', '.ab-cd.tmp']) {
      writeFileSync(join(home, name), '');
      utimesSync(join(home, name), old, old);
    }
    writeFileSync(join(home, 'sessions', '.new.tmp'), '');
    writeFileSync(join(home, 'device'), '\0\u0001 no id\n');
    await place(home).drain();
    expect(readdirSync(join(home, 'sessions'))).toEqual(['.new.tmp']);
    expect(readdirSync(home).filter((name) => name.startsWith('drain.pid.') || name.startsWith('.'))).toEqual(
      [],
    );
    expect(readFileSync(join(home, 'device'), 'utf8')).toMatch(/^[0-9a-f]{8}$/);
  });

  it('a relative HOME makes no folder below the working folder', async () => {
    const folder = tempFolder();
    const env = { PATH, HOME: 'here', XDG_CONFIG_HOME: 'there' };
    expect(await run('sh', [join(hooks, 'log-event.sh')], { env, cwd: folder, input: payload })).toEqual(
      silent,
    );
    await run(process.execPath, [join(dirname(cli), 'statusline.cjs')], { env, cwd: folder, input: '{}' });
    const { stdout } = await runCommand(['status', '--json'], { env, cwd: folder });
    expect((JSON.parse(stdout) as { recording: { folder: string } }).recording.folder).toMatch(/^\//);
    expect(stdout).not.toContain(folder);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('users of one machine', () => {
  /** The first part of a command line that runs a program as another user, who has no account. */
  const asUser = (id: number) => ['setpriv', `--reuid=${id}`, `--regid=${id}`, '--clear-groups'];
  /** Whether this user may do that, and the other one may read the program. */
  const mayBeOther = spawnSync('setpriv', [...asUser(54_321).slice(1), 'test', '-r', cli]).status === 0;

  it.runIf(mayBeOther)(
    'a user without an account, as in a container, can record and read the state',
    async () => {
      const home = tempFolder();
      chownSync(home, 54_321, 54_321);
      const env = unreachedStore(home, home);
      const asOther = (...args: string[]) =>
        run('setpriv', [...asUser(54_321).slice(1), process.execPath, cli, ...args], { env, cwd: home });
      const emitted = await asOther('emit', 'custom', 'name=x');
      expect([emitted.code, emitted.stderr]).toEqual([0, '']);
      const { stdout, stderr } = await asOther('status', '--json');
      expect(stderr).toBe('');
      const { waiting, lost_events } = JSON.parse(stdout) as {
        waiting: { events: number; batches: number };
        lost_events: number;
      };
      // A drain in the background may have made a batch of the event by now; the store is not reached.
      expect([waiting.events + waiting.batches, lost_events]).toEqual([1, 0]);
    },
  );

  it('an event that a hook could not write is counted, also if the setting of the folder ends in a slash', async () => {
    const home = join(tempFolder(), 'telemetry');
    mkdirSync(home);
    const { env, drain } = place(home);
    // Nothing can be written into the inbox.
    writeFileSync(join(home, 'inbox'), '');
    const hook = await run('sh', [join(hooks, 'log-event.sh')], {
      env: { ...env, AGENT_TELEMETRY_HOME: `${home}/` },
      input: payload,
    });
    expect(hook).toEqual(silent);
    rmSync(join(home, 'inbox'));
    await drain();
    const { stdout } = await runCommand(['status', '--json'], { env });
    expect(JSON.parse(stdout)).toMatchObject({ lost_events: 1 });
  });
});
