import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli } from '../helpers/atel.js';
import { until } from '../helpers/background.js';
import { run } from '../helpers/process.js';
import { standInForDrain } from '../helpers/stand-in.js';
import { tempFolder } from '../helpers/temp.js';

const PATH = [dirname(process.execPath), process.env.PATH ?? ''].join(':');

/** A telemetry folder that looks as if a drain were running, so that events stay where they are. */
function place() {
  const root = tempFolder();
  const home = join(root, 'telemetry');
  mkdirSync(home);
  standInForDrain(home);
  const env = { PATH, HOME: root, AGENT_TELEMETRY_HOME: home };
  const text = () => readFileSync(join(home, 'emitted', 'events.ndjson'), 'utf8');
  const events = () =>
    text()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { root, home, env, text, events };
}

const wrapped = (...command: string[]) => [cli, 'run', '--', ...command];

/**
 * Exit codes from each range with a meaning of its own: success, errors, what the shell says of a program that it cannot
 * run (126, 127), deaths by a signal (above 128), and the largest.
 */
const TELLING = [0, 1, 2, 3, 13, 64, 78, 125, 126, 127, 128, 129, 130, 137, 143, 192, 254, 255];

describe('atel run', () => {
  // ATEL_TEST_EVERY_CODE=1 tries all 256.
  it('atel run exits with the exit code of the command', async () => {
    const { env, events } = place();
    const codes =
      process.env.ATEL_TEST_EVERY_CODE === '1' ? Array.from({ length: 256 }, (_, code) => code) : TELLING;
    const ended = await Promise.all(
      codes.map(
        async (code) => (await run(process.execPath, wrapped('sh', '-c', `exit ${code}`), { env })).code,
      ),
    );
    expect(ended).toEqual(codes);
    const recorded = events().filter(({ event }) => event === 'command_end');
    expect(recorded.map(({ exit_code }) => exit_code).sort((a, b) => Number(a) - Number(b))).toEqual(codes);
    expect(recorded.filter(({ status }) => status === 'success')).toHaveLength(1);
  }, 240_000);

  it.each(['HUP', 'INT', 'QUIT', 'ABRT', 'KILL', 'USR1', 'SEGV', 'USR2', 'PIPE', 'ALRM', 'TERM'])(
    'atel run is killed by SIG%s if its command is',
    async (signal) => {
      const { env, events } = place();
      // Without core dumps, which some of these signals write.
      const death = ['-c', `ulimit -c 0; kill -${signal} $$; sleep 10`];
      const alone = await run('sh', death, { env });
      expect(alone).toMatchObject({ code: null, signal: `SIG${signal}` });
      const inside = `ulimit -c 0; exec "$0" "$@"`;
      expect(await run('sh', ['-c', inside, process.execPath, ...wrapped('sh', ...death)], { env })).toEqual(
        alone,
      );
      expect(events().at(-1)).toMatchObject({
        event: 'command_end',
        status: 'failure',
        signal: `SIG${signal}`,
        exit_code: 128 + Number(spawnSync('kill', ['-l', signal]).stdout.toString()),
      });
    },
  );

  it.each(['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGTERM'] as const)(
    'atel run passes %s to the command once, and waits for it',
    async (signal) => {
      const { env } = place();
      const script = `n=0; trap 'n=$((n + 1))' ${signal.slice(3)}; echo ready; while [ $n = 0 ]; do sleep 0.02; done; sleep 0.2; echo $n; exit 33`;
      // In a separate session, so that no terminal sends it signals.
      const child = spawn(process.execPath, wrapped('sh', '-c', script), { env, detached: true });
      let said = '';
      child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
      const ended = new Promise((resolve) => child.on('close', (...how) => resolve(how)));
      await until('the command is ready', () => said.includes('ready'));
      child.kill(signal);
      expect(await ended).toEqual([33, null]);
      expect(said).toBe('ready\n1\n');
    },
  );

  it('stdin, stdout and stderr pass through byte for byte', () => {
    const { env } = place();
    const input = randomBytes(3 * 1024 ** 2);
    for (const [script, stream] of [
      ['cat', 'stdout'],
      ['cat >&2', 'stderr'],
    ] as const) {
      const ended = spawnSync(process.execPath, wrapped('sh', '-c', script), {
        env,
        input,
        maxBuffer: 64 * 1024 ** 2,
      });
      expect(ended.status).toBe(0);
      expect(ended[stream].equals(input)).toBe(true);
    }
  });

  it('input that the command does not read stays in stdin', async () => {
    const { root, env } = place();
    writeFileSync(join(root, 'input'), 'abcdef');
    const script = `{ "$0" "$1" run -- dd bs=3 count=1 2>/dev/null; echo; cat; } < input`;
    const result = await run('sh', ['-c', script, process.execPath, cli], { env, cwd: root });
    expect(result).toMatchObject({ code: 0, stdout: 'abc\ndef', stderr: '' });
  });

  it.runIf(existsSync('/proc/self/fdinfo'))('the streams keep the mode that they are in', async () => {
    const { env } = place();
    // These are the shell's own open files; `flags` shows whether they are non-blocking.
    const look = ['-c', 'for n in 0 1 2; do grep flags /proc/$$/fdinfo/$n; done'];
    const alone = await run('sh', look, { env });
    expect(alone.stdout.match(/flags/g)).toHaveLength(3);
    expect(await run(process.execPath, wrapped('sh', ...look), { env })).toEqual(alone);
  });

  it('file descriptors that the shell opened reach the command', async () => {
    const { env } = place();
    const script = `"$0" "$1" run -- cat <(echo one) <(echo two)`;
    const result = await run('bash', ['--norc', '-c', script, process.execPath, cli], { env });
    expect(result).toMatchObject({ code: 0, stdout: 'one\ntwo\n', stderr: '' });
  });

  it.runIf(existsSync('/usr/bin/script') && process.platform === 'linux')(
    'the command gets the terminal, and an interrupt only once',
    async () => {
      const { env, root } = place();
      const inner = join(root, 'inner.sh');
      writeFileSync(
        inner,
        `n=0; trap 'n=$((n + 1))' INT; test -t 0 && test -t 1 && test -t 2 && echo terminal; stty size; echo ready
while [ $n = 0 ]; do sleep 0.05; done; sleep 0.3; echo "interrupts: $n"; exit 5\n`,
      );
      const child = spawn(
        'script',
        ['-qfec', `stty rows 33 cols 77; exec ${process.execPath} ${cli} run -- sh ${inner}`, '/dev/null'],
        { env },
      );
      let said = '';
      child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
      const ended = new Promise((resolve) => child.on('close', (...how) => resolve(how)));
      await until('the command is ready', () => said.includes('ready'));
      child.stdin.write('\x03');
      expect(await ended).toEqual([5, null]);
      expect(said.replaceAll('\r', '')).toMatch(/^terminal\n33 77\nready\n(?:\^C)?interrupts: 1\n$/);
    },
  );

  it('a missing or non-executable command gives the message and exit code of a shell', async () => {
    const { root, env, events } = place();
    const missing = await run(process.execPath, wrapped('no-such-command'), { env });
    expect(missing).toEqual({
      code: 127,
      signal: null,
      stdout: '',
      stderr: 'atel: no-such-command: command not found\n',
    });
    const file = join(root, 'file');
    writeFileSync(file, 'text');
    chmodSync(file, 0o644);
    expect(await run(process.execPath, wrapped(file), { env })).toMatchObject({ code: 126, stdout: '' });
    expect(events().map(({ event, exit_code }) => [event, exit_code])).toEqual([
      ['command_start', undefined],
      ['command_end', 127],
      ['command_start', undefined],
      ['command_end', 126],
    ]);
    const plain = (command: string, code: number, says: string) =>
      expect(run(process.execPath, wrapped(command), { env })).resolves.toEqual({
        code,
        signal: null,
        stdout: '',
        stderr: `atel: ${command}: ${says}\n`,
      });
    await plain(file, 126, 'permission denied');
    await plain(join(file, 'inside'), 126, 'not a directory');
    await plain('', 127, 'command not found');
  });

  it('options after the command belong to the command', async () => {
    const { env } = place();
    const result = await run(
      process.execPath,
      [cli, 'run', '--task', 'T', 'echo', '--task', '-n', '--help'],
      { env },
    );
    expect(result).toMatchObject({ code: 0, stdout: '--task -n --help\n' });
  });

  it('program, times and outcome are recorded, but never an argument', async () => {
    const { env, text, events } = place();
    const command = ['sh', '-c', 'exit 3', 'secret-argument', '--password=hunter2'];
    await run(process.execPath, [cli, 'run', '--task', 'BUG-7', '--phase', 'verify', '--', ...command], {
      env,
    });
    expect(text()).not.toMatch(/secret|hunter2|exit 3/);
    const [start, end] = events();
    expect(start).toMatchObject({ event: 'command_start', tool: 'sh', task_id: 'BUG-7', phase: 'verify' });
    expect(end).toMatchObject({
      event: 'command_end',
      tool: 'sh',
      task_id: 'BUG-7',
      phase: 'verify',
      command_id: start!.command_id,
      exit_code: 3,
      status: 'failure',
    });
    expect(end!.duration_ms).toBeGreaterThanOrEqual(0);
    expect(Date.parse(String(end!.timestamp))).toBeGreaterThanOrEqual(Date.parse(String(start!.timestamp)));
  });

  it('commands and events inside belong to the run, with its task and phase', async () => {
    const { env, events } = place();
    const inside = `"${process.execPath}" "${cli}" run --phase implement -- "${process.execPath}" "${cli}" emit custom name=inner`;
    await run(process.execPath, [cli, 'run', '--task', 'BUG-7', '--', 'sh', '-c', inside], { env });
    const all = events();
    const outer = all.find(({ event, tool }) => event === 'command_start' && tool === 'sh')!;
    const inner = all.find(({ event, tool }) => event === 'command_start' && tool === 'node')!;
    expect(outer).not.toHaveProperty('parent_id');
    expect(inner).toMatchObject({ parent_id: outer.command_id, task_id: 'BUG-7', phase: 'implement' });
    expect(all.find(({ event }) => event === 'custom')).toMatchObject({
      parent_id: inner.command_id,
      task_id: 'BUG-7',
      phase: 'implement',
    });
    expect(all.filter(({ event }) => event === 'command_end').map(({ parent_id }) => parent_id)).toEqual([
      outer.command_id,
      undefined,
    ]);
  });

  it.each<[string, Record<string, string>]>([
    ['the telemetry folder is a file', { AGENT_TELEMETRY_HOME: '/etc/passwd' }],
    ['the telemetry folder cannot be made', { AGENT_TELEMETRY_HOME: '/proc/nowhere' }],
    ['a setting is wrong', { AGENT_TELEMETRY_COLLECTOR_PORT: 'none', TINYBIRD_URL: 'nonsense' }],
    ['telemetry is off', { AGENT_TELEMETRY_ENABLED: '0' }],
    ['the home folder does not exist', { HOME: '/nonexistent' }],
  ])('the command is not affected if %s', async (_, wrong) => {
    const { root, env } = place();
    const script = ['-c', 'cat; echo err >&2; exit 9'];
    const result = await run(process.execPath, wrapped('sh', ...script), {
      env: { ...env, ...wrong },
      input: 'in',
      cwd: root,
    });
    expect(result).toEqual({ code: 9, signal: null, stdout: 'in', stderr: 'err\n' });
  });
});
