import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cli, runCommand } from '../helpers/command-host.js';
import { run } from '../helpers/process.js';
import { standInForDrain } from '../helpers/stand-in.js';
import { tempFolder } from '../helpers/temp.js';

const PATH = [dirname(process.execPath), process.env.PATH ?? ''].join(':');
const library = join(dirname(cli), 'index.js');
const DAY = 24 * 3600_000;

/** A repository with a project log in its settings, and a user without a telemetry folder. */
function project(section: unknown = {}) {
  const root = tempFolder();
  const folder = join(root, 'shop');
  mkdirSync(join(folder, '.ll'), { recursive: true });
  const env = { PATH, HOME: root, GIT_CONFIG_NOSYSTEM: '1', AGENT_TELEMETRY_HOME: join(root, 'telemetry') };
  const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, env }).toString();
  git('init', '--quiet');
  writeFileSync(join(folder, '.ll', 'll-config.json'), JSON.stringify({ other: 1, telemetry: section }));
  const log = join(folder, '.ll', 'telemetry.jsonl');
  return {
    root,
    folder,
    env,
    git,
    log,
    emit: (code: string, cwd = folder) =>
      run(
        process.execPath,
        ['--input-type=module', '-e', `import { emit } from ${JSON.stringify(library)};\n${code}`],
        {
          env,
          cwd,
        },
      ),
    atel: (...args: string[]) => runCommand(args, { env, cwd: folder }),
    lines: () => eventsIn(log),
  };
}

function eventsIn(file: string): Record<string, unknown>[] {
  const text = readFileSync(file, 'utf8');
  expect(text.endsWith('\n')).toBe(true);
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('a project log', () => {
  it('the log has the complete event in our names, needs no telemetry folder, and is ignored by git', async () => {
    const { env, emit, lines, git } = project();
    const said = await emit(
      `console.log(JSON.stringify(emit({ event: 'issue_complete', issue_id: 'BUG-7', duration_s: 2, result: 'done',
         tool: 'll-auto', custom: { deep: { er: ['x y'] } }, metadata: { note: 'two words' } })))`,
    );
    expect(said).toMatchObject({ code: 0, stdout: '{"recorded":true,"problem":null}\n', stderr: '' });
    expect(lines()).toEqual([
      {
        event_id: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
        timestamp: expect.stringMatching(/Z$/) as unknown,
        event: 'issue_complete',
        task_id: 'BUG-7',
        duration_ms: 2000,
        status: 'success',
        tool: 'll-auto',
        custom: { deep: { er: ['x y'] } },
        metadata: { note: 'two words' },
      },
    ]);
    expect(existsSync(env.AGENT_TELEMETRY_HOME)).toBe(false);
    expect(git('status', '--porcelain', '--untracked-files=all')).toBe('?? .ll/ll-config.json\n');
  });

  it('emit and atel run write it in addition to the telemetry folder, from any folder of any worktree', async () => {
    const { root, folder, env, emit, atel, lines, git } = project();
    mkdirSync(env.AGENT_TELEMETRY_HOME);
    standInForDrain(env.AGENT_TELEMETRY_HOME);
    writeFileSync(join(folder, 'file'), '');
    git('add', '--all');
    git('-c', 'user.name=x', '-c', 'user.email=x@y', 'commit', '--quiet', '--message=x');
    git('worktree', 'add', '--quiet', join(root, 'tree'));
    mkdirSync(join(root, 'tree', 'deep'));
    await emit(`emit({ event: 'custom', name: 'one' })`, join(root, 'tree', 'deep'));
    await atel('run', '--', 'true');
    await atel('emit', 'custom', 'name=two');
    expect(lines().map(({ event, name, tool }) => [event, name ?? tool])).toEqual([
      ['custom', 'one'],
      ['command_start', 'true'],
      ['command_end', 'true'],
      ['custom', 'two'],
    ]);
    const landed = eventsIn(join(env.AGENT_TELEMETRY_HOME, 'emitted', 'events.ndjson'));
    expect(landed.map(({ event_id }) => event_id)).toEqual(lines().map(({ event_id }) => event_id));
  });

  it('the log is at the path in the settings', async () => {
    const { folder, emit } = project({ log_path: 'logs/mine/events.ndjson' });
    await emit(`emit({ event: 'custom', name: 'one' })`);
    expect(readdirSync(join(folder, 'logs', 'mine')).sort()).toEqual(['.gitignore', 'events.ndjson']);
  });

  it('if the project switches telemetry off, there is neither a log nor anything else', async () => {
    const { folder, env, emit } = project({ enabled: false });
    mkdirSync(env.AGENT_TELEMETRY_HOME);
    const said = await emit(`console.log(JSON.stringify(emit({ event: 'custom', name: 'one' })))`);
    expect(said.stdout).toBe('{"recorded":false,"problem":null}\n');
    expect(readdirSync(join(folder, '.ll'))).toEqual(['ll-config.json']);
    expect(readdirSync(env.AGENT_TELEMETRY_HOME)).toEqual([]);
  });

  it.each<[string, unknown, (folder: string, root: string) => void]>([
    ['an absolute path', { log_path: '/tmp/atel-must-not-be.jsonl' }, () => undefined],
    ['a path out of the project', { log_path: '../outside.jsonl' }, () => undefined],
    ['a file that is not a log', { log_path: '.git/hooks/pre-commit' }, () => undefined],
    [
      'a link to a folder outside',
      { log_path: 'link/x.jsonl' },
      (folder, root) => symlinkSync(root, join(folder, 'link')),
    ],
    [
      'a link to a file outside',
      {},
      (folder, root) => {
        writeFileSync(join(root, 'victim'), '');
        symlinkSync(join(root, 'victim'), join(folder, '.ll', 'telemetry.jsonl'));
      },
    ],
    ['an invalid section', 'yes', () => undefined],
    ['an invalid retention', { retention_days: -1 }, () => undefined],
  ])('the log is not written with %s, and the caller continues', async (_, section, arrange) => {
    const { root, folder, emit } = project(section);
    arrange(folder, root);
    const said = await emit(`console.log(JSON.stringify(emit({ event: 'custom', name: 'one' })))`);
    expect(said).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(said.stdout)).toEqual({
      recorded: false,
      problem: expect.stringMatching(/^.+$/) as unknown,
    });
    expect(existsSync('/tmp/atel-must-not-be.jsonl')).toBe(false);
    expect(existsSync(join(root, 'outside.jsonl'))).toBe(false);
    expect(existsSync(join(root, 'x.jsonl'))).toBe(false);
    expect(existsSync(join(folder, '.git', 'hooks', 'pre-commit'))).toBe(false);
    if (existsSync(join(root, 'victim'))) expect(readFileSync(join(root, 'victim'), 'utf8')).toBe('');
  });
});

const dated = (age: number, n: number, spelling = 'timestamp') =>
  JSON.stringify({
    event_id: `old-${n}`,
    [spelling]: new Date(Date.now() - age).toISOString(),
    event: 'custom',
    n,
  });

describe('atel prune', () => {
  it('atel prune removes older events, keeps the others unchanged, and prints the count', async () => {
    const { log, atel } = project();
    const undated = '{"event":"custom"}';
    const kept = [dated(89 * DAY, 3), '{"torn":', undated, dated(0, 4), '{"ts":"2999-01-01T00:00:00Z"}'];
    const text = [dated(91 * DAY, 1), kept[0], dated(100 * DAY, 2, 'ts'), ...kept.slice(1)].join('\n') + '\n';
    writeFileSync(log, text, { mode: 0o640 });
    const dry = await atel('prune', '--older-than', '90d', '--dry-run');
    expect(dry).toMatchObject({ code: 0, stderr: '' });
    expect(dry.stdout).toMatch(/^2 events would be removed \(before .*\), 5 kept in .*telemetry\.jsonl\n$/);
    expect(readFileSync(log, 'utf8')).toBe(text);
    const done = await atel('prune', '--older-than', '90d');
    expect(done.stdout).toMatch(/^2 events removed \(before .*\), 5 kept in /);
    expect(readFileSync(log, 'utf8')).toBe(`${kept.join('\n')}\n`);
    expect((await atel('prune', '--older-than', '90d')).stdout).toMatch(/^0 events removed /);
    expect(await atel('prune', '--older-than', '999999999d')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^0 events removed \(before 1970-01-01T00:00:00.000Z\), /) as string,
      stderr: '',
    });
    expect(readdirSync(dirname(log)).filter((name) => name.startsWith('telemetry'))).toEqual([
      'telemetry.jsonl',
    ]);
  });

  it('without an age, atel prune uses the retention of the project', async () => {
    const { log, atel } = project({ retention_days: 7 });
    writeFileSync(log, `${dated(8 * DAY, 1)}\n${dated(6 * DAY, 2)}\n`);
    expect((await atel('prune')).stdout).toMatch(/^1 event removed .* 1 kept/);
  });

  it('atel prune tolerates an incomplete last line', async () => {
    const { log, atel } = project();
    writeFileSync(log, `${dated(0, 1)}\n{"event_id":"half","time`);
    expect(await atel('prune', '--older-than', '1d')).toMatchObject({ code: 0, stderr: '' });
    expect(eventsIn(log).map(({ event_id }) => event_id)).toEqual(['old-1']);
  });

  it('atel prune completes an interrupted run', async () => {
    const { log, atel } = project();
    writeFileSync(log, `${dated(0, 1)}\n`);
    writeFileSync(`${log}.old-0123`, `${dated(0, 1)}\n${dated(0, 2)}\n${dated(100 * DAY, 3)}\n`);
    writeFileSync(`${log}.new-0123`, `${dated(0, 1)}\n{"half`);
    expect(await atel('prune', '--older-than', '90d')).toMatchObject({ code: 0 });
    expect(eventsIn(log).map(({ event_id }) => event_id)).toEqual(['old-1', 'old-2']);
    expect(readdirSync(dirname(log)).filter((name) => name.startsWith('telemetry'))).toEqual([
      'telemetry.jsonl',
    ]);
  });

  it('atel prune loses no event of 6 processes that emit meanwhile, or of another prune', async () => {
    const { log, folder, env, emit, atel } = project();
    const old = Array.from({ length: 5_000 }, (_, n) => dated(n % 2 === 0 ? 100 * DAY : DAY, n));
    writeFileSync(log, `${old.join('\n')}\n`);
    const running = { emitters: 6 };
    const writers = Promise.all(
      Array.from({ length: 6 }, (_, writer) =>
        emit(
          `for (let n = 0; n < 1500; n += 1) {
             if (!emit({ event: 'custom', name: 'x', writer: ${writer}, n }).recorded) process.exit(3);
             if (n % 10 === 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
           }`,
        ),
      ),
    ).finally(() => (running.emitters = 0));
    let prunes = 0;
    const pruning = async () => {
      while (running.emitters > 0) {
        const args = [cli, 'prune', '--older-than', '90d'];
        const { code, stderr } = await run(process.execPath, args, { env, cwd: folder });
        expect(code).toBe(0);
        // On a slow machine it takes so long that its progress is shown.
        expect(stderr.replaceAll(/^prune: .* MB\/s\n/gm, '')).toBe('');
        prunes += 1;
      }
    };
    await Promise.all([pruning(), pruning()]);
    for (const result of await writers) expect(result).toMatchObject({ code: 0, stderr: '' });
    await atel('prune', '--older-than', '90d');
    const events = eventsIn(log);
    const fresh = events
      .filter(({ name }) => name === 'x')
      .map(({ writer, n }) => `${String(writer)}-${String(n)}`);
    expect(new Set(fresh).size).toBe(9_000);
    expect(events).toHaveLength(9_000 + 2_500);
    // Both went on beside the emitters.
    expect(prunes).toBeGreaterThanOrEqual(2);
    expect(readdirSync(dirname(log)).filter((name) => name.startsWith('telemetry'))).toEqual([
      'telemetry.jsonl',
    ]);
  });

  it.each<[string[], unknown, RegExp, number]>([
    [
      ['--older-than', 'soon'],
      {},
      /^atel: --older-than takes hours, days or weeks, like 12h, 90d or 4w; not soon\n$/,
      2,
    ],
    [[], undefined, /^atel: This project has no log of its own/, 1],
    [[], { log_path: '/etc/x.jsonl' }, /^atel: .*telemetry\.log_path takes/, 1],
  ])('a one-line error says what is wrong with %j and the section %j', async (args, section, line, code) => {
    const { atel, folder } = project(section);
    if (section === undefined) writeFileSync(join(folder, '.ll', 'll-config.json'), '{}');
    const result = await atel('prune', ...args);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toMatch(line);
  });
});

describe('retention_days in the settings of a project', () => {
  /** A project with a log and a telemetry folder, and a drain that has nothing to deliver. */
  function kept(section: unknown) {
    const here = project(section);
    const telemetry = here.env.AGENT_TELEMETRY_HOME;
    mkdirSync(telemetry);
    const env = { ...here.env, AGENT_TELEMETRY_DETACHED: '1' };
    return {
      ...here,
      telemetry,
      ids: () => here.lines().map(({ event_id: id }) => id),
      drain: async () => {
        rmSync(join(telemetry, 'emitted'), { recursive: true, force: true });
        const drained = await run(process.execPath, [join(dirname(cli), 'drain.js')], { env });
        expect(drained).toMatchObject({ code: 0, stdout: '', stderr: '' });
      },
      pruned: async () => {
        const { stdout } = await here.atel('status', '--json');
        return (JSON.parse(stdout) as { project_logs: Record<string, unknown>[] }).project_logs;
      },
    };
  }
  const once = "emit({ event: 'custom', event_id: 'new', name: 'x' })";

  it('the log is pruned automatically once a day, and status reports it', async () => {
    const { log, emit, drain, ids, atel, pruned, telemetry } = kept({ retention_days: 7 });
    writeFileSync(log, `${dated(8 * DAY, 1)}\n${dated(6 * DAY, 2)}\n`);
    await drain();
    // Nothing was emitted yet, so the log is not registered.
    expect(ids()).toEqual(['old-1', 'old-2']);
    await emit(once);
    expect(await pruned()).toEqual([{ file: log, pruned_at: null, removed: 0, problem: null }]);
    await drain();
    expect(ids()).toEqual(['old-2', 'new']);
    const [entry] = await pruned();
    expect(entry).toMatchObject({ file: log, removed: 1, problem: null });
    expect((await atel('status')).stdout).toContain(
      `Pruned      ${log}\n            ${String(entry?.pruned_at)}, 1 event removed\n`,
    );
    expect(readFileSync(join(telemetry, 'atel.log'), 'utf8')).toMatch(
      / 1 event older than 7 days was removed from .*telemetry\.jsonl\n$/,
    );

    appendFileSync(log, `${dated(9 * DAY, 3)}\n`);
    await drain();
    expect(ids()).toEqual(['old-2', 'new', 'old-3']);
    setBack(telemetry, DAY);
    await drain();
    expect(ids()).toEqual(['old-2', 'new']);
  });

  /** Moves the time of the last pruning of every log back. */
  function setBack(telemetry: string, ms: number): void {
    const folder = join(telemetry, 'logs');
    for (const name of readdirSync(folder)) {
      const entry = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { at: number };
      writeFileSync(join(folder, name), JSON.stringify({ ...entry, at: entry.at - ms }));
    }
  }

  it('without retention_days, nothing is removed automatically', async () => {
    const { log, emit, drain, ids, pruned } = kept({});
    writeFileSync(log, `${dated(400 * DAY, 1)}\n`);
    await emit(once);
    await drain();
    expect(ids()).toEqual(['old-1', 'new']);
    expect(await pruned()).toEqual([]);
  });

  it('automatic pruning ends when the project removes the setting', async () => {
    const { log, emit, drain, ids, pruned, folder } = kept({ retention_days: 7 });
    writeFileSync(log, `${dated(8 * DAY, 1)}\n`);
    await emit(once);
    writeFileSync(join(folder, '.ll', 'll-config.json'), JSON.stringify({ telemetry: {} }));
    await drain();
    expect(ids()).toEqual(['old-1', 'new']);
    expect(await pruned()).toEqual([]);
  });

  it('automatic pruning never touches a file outside the project', async () => {
    const { root, folder, log, emit, drain, pruned } = kept({ retention_days: 7 });
    await emit(once);
    const elsewhere = join(root, 'elsewhere');
    mkdirSync(elsewhere);
    renameSync(join(folder, '.ll', 'll-config.json'), join(elsewhere, 'll-config.json'));
    rmSync(join(folder, '.ll'), { recursive: true });
    symlinkSync(elsewhere, join(folder, '.ll'));
    const foreign = `${dated(100 * DAY, 1)}\n`;
    writeFileSync(join(elsewhere, 'telemetry.jsonl'), foreign);
    await drain();
    expect(readFileSync(join(elsewhere, 'telemetry.jsonl'), 'utf8')).toBe(foreign);
    expect(await pruned()).toMatchObject([{ file: log, removed: 0, problem: 'it leads out of the project' }]);
  });

  it('automatic pruning loses no event that is emitted meanwhile', async () => {
    const { log, emit, drain, lines } = kept({ retention_days: 30 });
    await emit(once);
    const old = Array.from({ length: 4_000 }, (_, n) => dated(n % 2 === 0 ? 100 * DAY : DAY, n));
    appendFileSync(log, `${old.join('\n')}\n`);
    const writers = [0, 1, 2].map((writer) =>
      emit(
        `for (let n = 0; n < 1000; n += 1) {
           if (!emit({ event: 'custom', name: 'y', writer: ${writer}, n }).recorded) process.exit(3);
           if (n % 10 === 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
         }`,
      ),
    );
    await drain();
    for (const result of await Promise.all(writers)) expect(result).toMatchObject({ code: 0 });
    const events = lines();
    // An event that was emitted at exactly that moment may be there twice.
    const fresh = new Set(events.filter(({ name }) => name === 'y').map(({ event_id: id }) => id));
    expect(fresh.size).toBe(3_000);
    const names = events.map(({ event_id: id }) => String(id));
    expect(names.filter((id) => id.startsWith('old-'))).toHaveLength(2_000);
  });
});
