import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { homePaths } from '../../src/base/home.js';
import { readTaken, takeEmitted } from '../../src/drain/emitted.js';
import { projectOf } from '../../src/signals/project.js';
import { cli, startAtel } from '../helpers/atel.js';
import { freePort } from '../helpers/ports.js';
import { endsInBackground, until } from '../helpers/background.js';
import { run, type ProcessResult } from '../helpers/process.js';
import { standInForDrain } from '../helpers/stand-in.js';
import { tempFolder } from '../helpers/temp.js';

const PATH = process.env.PATH ?? '';
const library = join(dirname(cli), 'index.js');

/** Runs a program that uses `emit`, in a separate process. */
function program(code: string, env: Record<string, string>, cwd?: string): Promise<ProcessResult> {
  const text = `import { emit } from ${JSON.stringify(library)};\n${code}`;
  return run(process.execPath, ['--input-type=module', '-e', text], {
    env: { PATH, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
}

/** Emits this number of events and exits at once. */
const emitting = (writer: number, count: number) =>
  `for (let n = 0; n < ${count}; n += 1)
     if (!emit({ event: 'custom', name: 'tick', writer: ${writer}, n, metadata: { pad: 'x'.repeat(n % 40) } }).recorded) process.exit(3);
   process.exit(0);`;

interface Tick {
  event_id: string;
  writer: number;
  n: number;
}

const ticksIn = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Tick);

const names = (ticks: readonly Tick[]) => new Set(ticks.map(({ writer, n }) => `${writer}-${n}`));

describe('emit', () => {
  it('8 processes with 1,000 events each leave 8,000 complete lines', async () => {
    const home = tempFolder();
    const writers = Array.from({ length: 8 }, (_, writer) =>
      program(emitting(writer, 1_000), { HOME: home, AGENT_TELEMETRY_HOME: home }),
    );
    for (const result of await Promise.all(writers)) expect(result).toMatchObject({ code: 0, stderr: '' });
    const folder = homePaths(home).emitted;
    expect(readdirSync(folder)).toEqual(['events.ndjson']);
    const ticks = ticksIn(readFileSync(join(folder, 'events.ndjson'), 'utf8'));
    expect(ticks).toHaveLength(8_000);
    expect(names(ticks).size).toBe(8_000);
    expect(new Set(ticks.map(({ event_id }) => event_id)).size).toBe(8_000);
  });

  it('no event is lost while a drain keeps taking the file away', async () => {
    const home = tempFolder();
    const folder = homePaths(home).emitted;
    mkdirSync(folder);
    const running = { writers: 8 };
    const writers = Promise.all(
      Array.from({ length: 8 }, (_, writer) =>
        program(emitting(writer, 1_000), { HOME: home, AGENT_TELEMETRY_HOME: home }),
      ),
    ).finally(() => (running.writers = 0));
    const found = new Map<unknown, number>();
    const seen = new Set<string>();
    let taken = 0;
    const take = async () => {
      for (const name of await takeEmitted(folder)) {
        if (seen.has(name)) continue;
        seen.add(name);
        taken += 1;
        for await (const { events, damaged } of readTaken(folder, name)) {
          expect(damaged).toEqual([]);
          for (const { event } of events) found.set(event.event_id, (found.get(event.event_id) ?? 0) + 1);
        }
      }
    };
    while (running.writers > 0) await take();
    for (const result of await writers) expect(result).toMatchObject({ code: 0, stderr: '' });
    await take();
    expect(found.size).toBe(8_000);
    expect(taken).toBeGreaterThan(10);
  });

  it('every event is stored once, in our names and units, without affecting existing rows', async () => {
    const root = tempFolder();
    const project = join(root, 'shop');
    mkdirSync(project);
    const atel = await startAtel({ home: join(root, 'telemetry') });
    try {
      const env = {
        ...atel.env,
        HOME: root,
        CLAUDE_CODE_SESSION_ID: 's-1',
        AGENT_TELEMETRY_TASK_ID: 'BUG-1',
      };
      const writers = await Promise.all([
        ...Array.from({ length: 4 }, (_, writer) => program(emitting(writer, 250), env, project)),
        ...Array.from({ length: 6 }, () => run(process.execPath, [cli, 'flush'], { env: { PATH, ...env } })),
      ]);
      expect(writers.slice(0, 4).map(({ code }) => code)).toEqual([0, 0, 0, 0]);
      const said = await program(
        `emit({ event: 'issue_complete', issue_id: 'BUG-7', result: 'done', duration_s: 1.5, tool: 'll-auto',
                phases: { ready: 0.5 }, args: 'quiet', metadata: { note: 'said no', attempts: 2 },
                timestamp: '${new Date().toISOString()}' });
         emit({ event: 'issue_complete', event_id: 'same' });
         emit({ event: 'issue_complete', event_id: 'same' });`,
        env,
        project,
      );
      expect(said).toMatchObject({ code: 0, stdout: '', stderr: '' });
      expect(await atel.command('flush')).toMatchObject({ code: 0 });
      const [ticks] = await atel.client.sql(
        `SELECT count() AS rows, uniqExact(JSONExtractInt(payload, 'writer'), JSONExtractInt(payload, 'n')) AS events,
           groupUniqArray(task_id) AS tasks, groupUniqArray(source) AS sources, groupUniqArray(session_id) AS sessions,
           groupUniqArray(project) AS projects
         FROM telemetry_events FINAL
         WHERE event = 'custom'`,
      );
      expect(ticks).toEqual({
        rows: 1_000,
        events: 1_000,
        tasks: ['BUG-1'],
        sources: ['cli'],
        sessions: ['s-1'],
        projects: [projectOf(project)],
      });
      const issues = await atel.client.sql(
        `SELECT task_id, status, tool_name, duration_ms, payload
         FROM telemetry_events FINAL
         WHERE event = 'issue_complete'
         ORDER BY task_id`,
      );
      expect(issues).toEqual([
        { task_id: 'BUG-1', status: '', tool_name: '', duration_ms: null, payload: '{}' },
        {
          task_id: 'BUG-7',
          status: 'success',
          tool_name: 'll-auto',
          duration_ms: 1500,
          payload: '{"metadata":{"attempts":2},"phases_ms":{"ready":500}}',
        },
      ]);
      expect(readdirSync(homePaths(atel.home).emitted)).toEqual([]);
    } finally {
      await atel.stop();
    }
  });

  it('on request, a separate process delivers the events', async () => {
    const root = tempFolder();
    const home = join(root, 'telemetry');
    mkdirSync(home);
    symlinkSync(dirname(cli), join(home, 'program'));
    endsInBackground(home);
    const env = { HOME: root, AGENT_TELEMETRY_HOME: home, TINYBIRD_URL: 'http://localhost:9' };
    expect(
      await program(
        `for (let n = 0; n < 3; n += 1) emit({ event: 'custom', name: 'x' }, { drain: true });`,
        env,
      ),
    ).toMatchObject({ code: 0, stdout: '', stderr: '' });
    const segments = join(homePaths(home).spool, 'segments');
    await until('all is in the spool', () => {
      if (!existsSync(segments)) return false;
      const rows = readdirSync(segments)
        .filter((name) => !name.startsWith('.'))
        .flatMap((name) => readFileSync(join(segments, name), 'utf8').trim().split('\n'));
      return rows.length === 3;
    });
  });

  /** What the caller of a failing emit gets. */
  const attempt = `let problem;
    for (let n = 0; n < 3; n += 1) problem = emit({ event: 'custom', name: 'x' });
    console.log(JSON.stringify(problem)); process.exitCode = 42;`;

  it.each<[string, (home: string) => void]>([
    ['there is no telemetry folder', () => undefined],
    ['the telemetry folder is a file', (home) => writeFileSync(home, '')],
    [
      'its folder "emitted" is a file',
      (home) => {
        mkdirSync(home);
        writeFileSync(join(home, 'emitted'), '');
      },
    ],
    [
      'the events file is a FIFO without a reader',
      (home) => {
        mkdirSync(join(home, 'emitted'), { recursive: true });
        execFileSync('mkfifo', [join(home, 'emitted', 'events.ndjson')]);
      },
    ],
    [
      'the events file is a link',
      (home) => {
        mkdirSync(join(home, 'emitted'), { recursive: true });
        symlinkSync('/dev/full', join(home, 'emitted', 'events.ndjson'));
      },
    ],
    ['the folder cannot be written to', (home) => symlinkSync('/proc/self', home)],
  ])('emit changes nothing for its caller if %s', async (_, arrange) => {
    const root = tempFolder();
    const home = join(root, 'telemetry');
    arrange(home);
    const result = await program(attempt, { HOME: root, AGENT_TELEMETRY_HOME: home });
    expect(result).toMatchObject({ code: 42, signal: null, stderr: '' });
    const { recorded, problem } = JSON.parse(result.stdout) as { recorded: boolean; problem: string };
    expect(recorded).toBe(false);
    expect(problem).toMatch(/^.+$/);
  });

  it('on a full disk, emit changes nothing for its caller and tears only one line', async () => {
    const root = tempFolder();
    const home = join(root, 'telemetry');
    mkdirSync(home);
    const code = `import { emit } from ${JSON.stringify(library)};
      let recorded = 0;
      for (let n = 0; n < 200; n += 1) if (emit({ event: 'custom', name: 'x', n }).recorded) recorded += 1;
      console.log(recorded); process.exitCode = 42;`;
    // No file may exceed 8 blocks: the write that reaches the limit is cut short, later ones are refused.
    const result = await run(
      'sh',
      ['-c', 'ulimit -f 8 && exec "$0" --input-type=module -e "$1"', process.execPath, code],
      { env: { PATH, HOME: root, AGENT_TELEMETRY_HOME: home } },
    );
    expect(result).toMatchObject({ code: 42, signal: null, stderr: '' });
    const recorded = Number(result.stdout);
    expect(recorded).toBeGreaterThan(10);
    expect(recorded).toBeLessThan(200);
    // There is space again.
    expect(
      (await program(`emit({ event: 'custom', name: 'later' })`, { HOME: root, AGENT_TELEMETRY_HOME: home }))
        .code,
    ).toBe(0);
    const folder = homePaths(home).emitted;
    const events: Record<string, unknown>[] = [];
    for (const name of await takeEmitted(folder))
      for await (const batch of readTaken(folder, name))
        events.push(...batch.events.map(({ event }) => event));
    expect(events).toHaveLength(recorded + 1);
    expect(events.at(-1)).toMatchObject({ name: 'later' });
  });

  it.each([{}, 3, null, [], 'text', { event: 'nonsense' }, { event: 'custom', name: 'x', toJSON: 1 }])(
    'emit does not throw for %j',
    async (event) => {
      const home = tempFolder();
      const result = await program(`emit(${JSON.stringify(event)}); console.log('on');`, {
        HOME: home,
        AGENT_TELEMETRY_HOME: home,
      });
      expect(result).toMatchObject({ code: 0, stdout: 'on\n', stderr: '' });
    },
  );

  it('emit never throws, even for values that cannot be serialised', async () => {
    const home = tempFolder();
    const result = await program(
      `const round = {}; round.round = round;
       emit({ event: 'custom', name: 'x', metadata: round });
       emit({ event: 'custom', name: 'x', metadata: { big: 1n, f() {}, [Symbol()]: 1 } });
       emit({ event: 'custom', name: 'x', get metadata() { throw new Error('no'); } });
       emit(new Proxy({}, { get() { throw new Error('no'); }, ownKeys() { throw new Error('no'); } }));
       emit(); process.chdir('/tmp'); console.log('on');`,
      { HOME: home, AGENT_TELEMETRY_HOME: home },
    );
    expect(result).toMatchObject({ code: 0, stdout: 'on\n', stderr: '' });
  });

  it.each(['0', 'false', 'off'])('emit writes nothing if AGENT_TELEMETRY_ENABLED is %s', async (enabled) => {
    const home = tempFolder();
    const env = { HOME: home, AGENT_TELEMETRY_HOME: home, AGENT_TELEMETRY_ENABLED: enabled };
    const result = await program(`console.log(JSON.stringify(emit({ event: 'custom', name: 'x' })))`, env);
    expect(JSON.parse(result.stdout)).toEqual({ recorded: false, problem: null });
    expect(readdirSync(home)).toEqual([]);
  });
});

describe('atel emit', () => {
  it('atel emit records an event from a shell and makes the telemetry folder', async () => {
    const root = tempFolder();
    const home = join(root, 'telemetry');
    endsInBackground(home);
    const env = {
      PATH,
      HOME: root,
      AGENT_TELEMETRY_HOME: home,
      TINYBIRD_URL: `http://localhost:${await freePort()}`,
    };
    // A drain would take the event away.
    mkdirSync(home);
    standInForDrain(home);
    const pairs = [
      'task_id=42',
      'duration_s=1.5',
      'result=done',
      'metadata.attempts=2',
      'metadata.dry=true',
      'wave=3',
      // The output of `date +%s`.
      'timestamp=1793491200',
    ];
    const result = await run(process.execPath, [cli, 'emit', 'issue_complete', ...pairs], { env });
    expect(result).toEqual({ code: 0, signal: null, stdout: '', stderr: '' });
    expect(JSON.parse(readFileSync(join(home, 'emitted', 'events.ndjson'), 'utf8'))).toMatchObject({
      event: 'issue_complete',
      task_id: '42',
      duration_ms: 1500,
      status: 'success',
      metadata: { attempts: 2, dry: true },
      wave: 3,
      timestamp: '2026-11-01T00:00:00.000Z',
    });
  });

  it.each([
    [['nonsense'], /^atel: event is one of .*; nothing was recorded\n$/],
    [['custom', 'name'], /^atel: name is not key=value; nothing was recorded\n$/],
    [['custom', 'name=x', 'timestamp=soon'], /^atel: timestamp: is not a time: use ISO 8601 .*\n$/],
    [['custom', 'name=x', 'duration_ms=soon'], /^atel: duration_ms: .*; nothing was recorded\n$/],
  ])('atel emit complains about %j and does not fail', async (args, complaint) => {
    const home = tempFolder();
    const env = { PATH, HOME: home, AGENT_TELEMETRY_HOME: home };
    const result = await run(process.execPath, [cli, 'emit', ...args], { env });
    expect(result).toMatchObject({ code: 0, stdout: '' });
    expect(result.stderr).toMatch(complaint);
  });
});
