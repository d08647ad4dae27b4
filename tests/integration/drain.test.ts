import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import {
  cli,
  fillInbox,
  localPayloads,
  startAtel,
  type InboxOptions,
  type RunningAtel,
} from '../helpers/atel.js';
import { runCommand } from '../helpers/command-host.js';
import { emptyTables } from '../helpers/empty-tables.js';
import { freePort } from '../helpers/ports.js';
import { drainOf, endsInBackground, holdStore, serverOf, until } from '../helpers/background.js';
import {
  expectAllEnded,
  expectCapturedMoney,
  expectCapturedTotals,
  expectEveryEvent,
} from '../helpers/captured-truth.js';
import { capturedPayloads, sessions, transcriptsFolder } from '../helpers/captures.js';
import { prepareStore } from '../helpers/prepared-store.js';
import { rounds } from '../helpers/rounds.js';
import { run, type ProcessResult } from '../helpers/process.js';
import { removeFolder, tempFolder } from '../helpers/temp.js';
import { testClient } from '../helpers/test-client.js';

const PATH = process.env.PATH ?? '';
const hooks = fileURLToPath(new URL('../../.claude/hooks', import.meta.url));
const drainProgram = join(dirname(cli), 'drain.js');
const count = capturedPayloads().length;

/** Times just after the captured sessions, in the order of the captures. */
const thatDay = (index: number) => Date.parse('2026-11-20T10:50:00Z') + index;

/** A telemetry folder, and a project with the skill that was typed in the captured one. */
interface Place {
  home: string;
  port: number;
  project: string;
  env: Record<string, string>;
}

async function place(server?: RunningAtel): Promise<Place> {
  const root = tempFolder();
  const [home, project] = [join(root, 'telemetry'), join(root, 'shop')];
  mkdirSync(home, { mode: 0o700 });
  if (server === undefined) prepareStore(join(home, 'store'));
  const skill = join(project, '.claude', 'skills', 'release-notes');
  mkdirSync(skill, { recursive: true });
  writeFileSync(join(skill, 'SKILL.md'), '---\nname: release-notes\n---\n');
  const port = server === undefined ? await freePort() : Number(new URL(server.url).port);
  const env = {
    PATH,
    HOME: root,
    AGENT_TELEMETRY_HOME: home,
    TINYBIRD_URL: `http://localhost:${port}`,
    // Any free port.
    AGENT_TELEMETRY_OTLP_GRPC_PORT: '0',
    AGENT_TELEMETRY_COLLECTOR_PORT: '0',
    AGENT_TELEMETRY_API_PORT: '0',
    AGENT_TELEMETRY_DASHBOARD_PORT: '0',
  };
  endsInBackground(home);
  return { home, port, project, env };
}

async function serve({ home, port }: Place): Promise<RunningAtel> {
  const atel = await startAtel({ home, port });
  onTestFinished(() => atel.stop(), 60_000);
  return atel;
}

/**
 * A server for tests that only send rows to it, empty before each of them. Its own telemetry folder is apart from
 * theirs.
 */
function useServer(): { readonly atel: RunningAtel } {
  const home = mkdtempSync(join(tmpdir(), 'atel-drain-'));
  let atel: RunningAtel | undefined;
  beforeAll(async () => {
    atel = await startAtel({ home });
  });
  beforeEach(() => emptyTables(atel!));
  afterAll(async () => {
    await atel?.stop();
    await removeFolder(home);
  });
  return {
    get atel() {
      return atel!;
    },
  };
}

const flush = ({ env }: Place): Promise<ProcessResult> => runCommand(['flush'], { env });

/** Puts the captured payloads into the inbox of a place, and drains. */
async function load(
  here: Place,
  { times = 1, ...how }: InboxOptions & { times?: number } = {},
): Promise<void> {
  for (let n = 0; n < times; n += 1) fillInbox(here.home, { project: here.project, ...how });
  await flushed(here);
}

async function flushed(here: Place): Promise<void> {
  expect(await flush(here)).toMatchObject({ code: 0, stderr: '' });
}

/** Starts a drain as a hook does, without waiting for its end. */
function startDrain({ env }: Place) {
  const child = spawn(process.execPath, [drainProgram], {
    env: { ...env, AGENT_TELEMETRY_DETACHED: '1' },
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  return { child, ended };
}

const inboxOf = ({ home }: Place) => readdirSync(join(home, 'inbox')).filter((name) => !name.startsWith('.'));

/** Random numbers from 0 to 1, the same in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function shuffled(length: number, seed: number): number[] {
  const next = random(seed);
  return Array.from({ length }, (_, index) => ({ index, key: next() }))
    .sort((a, b) => a.key - b.key)
    .map(({ index }) => index);
}

describe('the captured sessions', () => {
  const server = useServer();

  it('the captured sessions give the true totals', async () => {
    const { atel } = server;
    const here = await place(atel);
    await load(here, { at: thatDay });
    await expectCapturedTotals(atel.client);
    await expectAllEnded(atel.client);
    await expectEveryEvent(atel.client);
  });

  it('without transcripts, the number of written lines comes from the hooks', async () => {
    const { atel } = server;
    const here = await place(atel);
    await load(here, { at: thatDay, transcripts: join(here.home, 'nowhere') });
    const overview = await atel.client.sessionOverview.query({ session_id: sessions.first });
    expect(overview).toMatchObject([{ status: 'ended', lines_added: 2, lines_removed: 0, commits: null }]);
    const other = await atel.client.sessionOverview.query({ session_id: sessions.overloaded });
    expect(other).toMatchObject([{ status: 'ended', lines_added: null }]);
  });

  it('the totals are the same when each hook arrives three times', async () => {
    const { atel } = server;
    const here = await place(atel);
    await load(here, { at: thatDay, times: 3 });
    await expectCapturedTotals(atel.client);
    await expectAllEnded(atel.client);
  });

  it('the totals are the same when all hooks arrive again a day and 40 days later', async () => {
    const { atel } = server;
    const here = await place(atel);
    for (const days of [0, 1, 40]) await load(here, { at: (index) => thatDay(index) + days * 86_400_000 });
    await expectCapturedTotals(atel.client);
    await expectAllEnded(atel.client);
  });

  it.each(Array.from({ length: rounds(1) }, (_, index) => index + 1))(
    'the totals are the same when hooks reach several drains in any order (%i)',
    async (seed) => {
      const { atel } = server;
      const here = await place(atel);
      const order = shuffled(count, seed);
      const drains = 6;
      for (let n = 0; n < drains; n += 1) {
        const chosen = new Set(order.filter((_, place) => place % drains === n));
        await load(here, { at: thatDay, only: (index) => chosen.has(index) });
      }
      await expectCapturedTotals(atel.client);
      await expectAllEnded(atel.client);
      await expectEveryEvent(atel.client);
    },
  );

  it('the totals are the same when hooks were captured in any order', async () => {
    const { atel } = server;
    const here = await place(atel);
    const order = shuffled(count, 3);
    await load(here, { at: (index) => thatDay(order[index] ?? 0), times: 2 });
    await expectCapturedTotals(atel.client);
  });
});

describe('concurrent hooks', () => {
  /** The script that the settings have for an event. */
  const scriptOf = (event: unknown) =>
    ({
      SubagentStart: 'log-agent-start.sh',
      SubagentStop: 'log-agent-stop.sh',
      PostToolUse: 'log-skill-activation.sh',
      PostToolUseFailure: 'log-skill-activation.sh',
      UserPromptExpansion: 'log-skill-activation.sh',
      Stop: 'log-session-summary.sh',
      SessionEnd: 'log-session-summary.sh',
    })[String(event)] ?? 'log-event.sh';

  it('ten hooks at a time, each with its drain, lose nothing', async () => {
    const here = await place();
    const atel = await serve(here);
    const calls = localPayloads(here).map((input, index) => {
      const event = capturedPayloads()[index]?.payload.hook_event_name;
      const kick = event === 'SessionStart' || event === 'SessionEnd' ? ['kick'] : [];
      return () => run('sh', [join(hooks, scriptOf(event)), ...kick], { input, env: here.env });
    });
    for (let first = 0; first < calls.length; first += 10) {
      const results = await Promise.all(calls.slice(first, first + 10).map((call) => call()));
      for (const result of results) expect(result).toEqual({ code: 0, signal: null, stdout: '', stderr: '' });
    }
    await flushed(here);
    await expectCapturedTotals(atel.client);
    await expectEveryEvent(atel.client);
  });

  it('concurrent hooks start the drain and the store, and all are read without a flush', async () => {
    const here = await place();
    // As after `init`: the folder, and the link to the program.
    expect(await flush(here)).toMatchObject({ code: 0 });
    const payloads = localPayloads(here);
    await Promise.all(
      payloads.map((input) => run('sh', [join(hooks, 'log-event.sh'), 'kick'], { input, env: here.env })),
    );
    await until(
      'everything is delivered',
      () =>
        inboxOf(here).length === 0 &&
        drainOf(here.home) === undefined &&
        readdirSync(join(here.home, 'spool', 'segments')).length === 0,
    );
    expect(serverOf(here.home)).toBeGreaterThan(0);
    await expectCapturedMoney(testClient(here.env.TINYBIRD_URL ?? ''));
  });
});

describe('kill -9', () => {
  it('killing a drain at any moment loses nothing and counts nothing twice', async () => {
    const here = await place();
    const atel = await serve(here);
    fillInbox(here.home, { project: here.project, at: thatDay });
    const next = random(7);
    for (let n = 0; n < 12; n += 1) {
      const { child, ended } = startDrain(here);
      await sleep(60 + next() * 700);
      child.kill('SIGKILL');
      await ended;
    }
    await flushed(here);
    await expectCapturedTotals(atel.client);
    await expectAllEnded(atel.client);
    await expectEveryEvent(atel.client);
  });

  it('killing a drain after it emptied the inbox and before it read the transcripts loses nothing', async () => {
    const here = await place();
    // No server, because its own drain might empty the inbox instead.
    const store = holdStore(here.home);
    fillInbox(here.home, { project: here.project, at: thatDay });
    const { child, ended } = startDrain(here);
    await until('the inbox is empty', () => inboxOf(here).length === 0);
    child.kill('SIGKILL');
    expect(await ended).toEqual([null, 'SIGKILL']);
    store.release();
    const atel = await serve(here);
    await flushed(here);
    await expectCapturedTotals(atel.client);
    await expectAllEnded(atel.client);
  });

  it('killing the server right after a flush loses nothing', async () => {
    const here = await place();
    const first = await serve(here);
    await load(here, { at: thatDay });
    await first.stop('SIGKILL');
    const second = await serve(here);
    await expectCapturedTotals(second.client);
    await expectAllEnded(second.client);
    await expectEveryEvent(second.client);
  });

  it('killing the server while it takes rows loses nothing', async () => {
    const here = await place();
    const first = await serve(here);
    fillInbox(here.home, { project: here.project, at: thatDay });
    const { ended } = startDrain(here);
    await until('rows are on their way', () => inboxOf(here).length === 0);
    await first.stop('SIGKILL');
    await ended;
    // The drain may have started the server again; now it delivers what it could not deliver before.
    await flushed(here);
    const client = testClient(here.env.TINYBIRD_URL ?? '');
    await expectCapturedTotals(client);
    await expectEveryEvent(client);
  });
});

describe('a transcript that is written late', () => {
  const server = useServer();

  /** Transcripts in which the answer of the second session is still missing. */
  function lateTranscripts(): { transcripts: string; grow: () => void } {
    const transcripts = join(tempFolder(), 'transcripts');
    cpSync(transcriptsFolder, transcripts, { recursive: true });
    const file = join(transcripts, `${sessions.overloaded}.jsonl`);
    const lines = readFileSync(file, 'utf8').split('\n');
    const answer = lines.findIndex((line) => line.includes('"usage"'));
    writeFileSync(file, lines.slice(0, answer).join('\n') + '\n');
    return { transcripts, grow: () => appendFileSync(file, lines.slice(answer).join('\n')) };
  }

  const requests = async (atel: RunningAtel) =>
    (await atel.client.costByModel.query({ from: '2026-11-20 00:00:00' })).reduce(
      (total, row) => total + row.request_count,
      0,
    );

  it('the next drain reads the transcript again after the end of the session', async () => {
    const { atel } = server;
    const here = await place(atel);
    const { transcripts, grow } = lateTranscripts();
    await load(here, { transcripts });
    expect(await requests(atel)).toBe(22);
    grow();
    await flushed(here);
    await expectCapturedTotals(atel.client);
    await expectAllEnded(atel.client);
  });

  it('a transcript is read again even after a drain that found nothing new in it', async () => {
    const { atel } = server;
    const here = await place(atel);
    const { transcripts, grow } = lateTranscripts();
    // The end of the session was recorded in the future, so it counts as recent however slow this machine is.
    const soon = Date.now() + 600_000;
    await load(here, { transcripts, at: (index) => soon + index });
    await flushed(here);
    await flushed(here);
    expect(await requests(atel)).toBe(22);
    grow();
    await flushed(here);
    await expectCapturedTotals(atel.client);
  });
});

describe('invalid files in the inbox', () => {
  it('invalid files are counted and do not delay the others', async () => {
    const here = await place();
    const atel = await serve(here);
    const inbox = join(here.home, 'inbox');
    mkdirSync(inbox, { recursive: true });
    const put = (name: string, text: string) => writeFileSync(join(inbox, name), text);
    put('bad.json', '{"session_id": "trunc');
    put('list.json', '[1, 2]');
    put('binary.json', '\0\u0001\ufffd');
    put('empty.json', '');
    put('huge.json', '{');
    // More than V8 can hold in one string.
    truncateSync(join(inbox, 'huge.json'), 700 * 1024 ** 2);
    mkdirSync(join(inbox, 'folder.json'));
    put('nothing.json', '{}');
    put('types.json', '{"hook_event_name": 7, "session_id": ["x"], "cwd": {}, "transcript_path": 1}');
    put('stop.json', '{"hook_event_name": "Stop", "session_id": "s-1", "transcript_path": "relative"}');
    for (const [name, transcript] of [
      ['device', '/dev/zero'],
      ['directory', '/'],
      ['nul', '/tmp/a\0b'],
    ])
      put(
        `${name}.json`,
        JSON.stringify({
          hook_event_name: 'Stop',
          session_id: `odd-${name}`,
          transcript_path: transcript,
          cwd: '/a\0b',
        }),
      );
    put(
      'deep.json',
      `{"hook_event_name": "Odd", "session_id": "d", "x": ${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
    );
    fillInbox(here.home, { project: here.project, at: thatDay });

    const result = await flush(here);
    expect(result).toMatchObject({ code: 1, stderr: 'atel: 1 event not read\n' });
    expect(inboxOf(here)).toEqual(['damaged', 'folder.json']);
    await expectCapturedTotals(atel.client);
    await expectAllEnded(atel.client);
    const statusNow = async () =>
      JSON.parse((await atel.command('status', '--json')).stdout) as {
        unreadable_events: number;
        damaged: { rows: number };
      };
    const status = await statusNow();
    // bad, list, binary, empty, huge, and deep if its nesting is too deep: each is counted once, as damaged while it is
    // kept, and as unreadable when it is not.
    const inAll = status.damaged.rows + status.unreadable_events;
    expect([5, 6]).toContain(inAll);
    rmSync(join(inbox, 'damaged'), { recursive: true, force: true });
    expect(await statusNow()).toMatchObject({ damaged: { rows: 0 }, unreadable_events: inAll });

    // Later events are still read.
    rmSync(join(inbox, 'folder.json'), { recursive: true });
    put('later.json', '{"hook_event_name": "Later", "session_id": "late"}');
    await flushed(here);
    expect(
      await atel.client.sql("SELECT count() AS n FROM telemetry_events WHERE event = 'later' FORMAT JSON"),
    ).toEqual([{ n: 1 }]);
  });
});

describe('while the store is down', () => {
  it('the inbox is emptied into the spool, and delivered when the store is back', async () => {
    const here = await place();
    const store = holdStore(here.home);
    expect(await flush(here)).toMatchObject({ code: 0 });
    fillInbox(here.home, { project: here.project, at: thatDay });
    const drain = startDrain(here);
    expect(await drain.ended).toEqual([0, null]);
    expect(inboxOf(here)).toEqual([]);
    expect(readdirSync(join(here.home, 'spool', 'segments')).length).toBeGreaterThan(0);
    // No text of the sessions is kept: the raw payloads are gone, and the rows have only counts and metadata.
    const spooled = readdirSync(join(here.home, 'spool', 'segments')).map((name) =>
      readFileSync(join(here.home, 'spool', 'segments', name), 'utf8'),
    );
    expect(spooled.join('')).not.toContain('PLAN:');

    store.release();
    const atel = await serve(here);
    await flushed(here);
    await expectCapturedTotals(atel.client);
    await expectAllEnded(atel.client);
    await expectEveryEvent(atel.client);
  });
});

describe('files of the telemetry folder', () => {
  it('only the owner can read the telemetry folder', async () => {
    const here = await place();
    rmSync(here.home, { recursive: true });
    // The most common umask, which child processes inherit.
    const before = process.umask(0o022);
    onTestFinished(() => void process.umask(before));
    // Its store was made under this umask, too (store-setup.ts).
    const atel = await serve(here);
    const input = localPayloads(here)[0] ?? '';
    await run('sh', [join(hooks, 'log-event.sh')], { input, env: here.env });
    await load(here, { at: thatDay });
    // One event waits and one row is refused, so that every folder exists.
    await atel.stop();
    const store = holdStore(here.home);
    fillInbox(here.home, { project: here.project });
    expect(await flush(here)).toMatchObject({ code: 1 });
    fillInbox(here.home, { project: here.project });

    expect(lstatSync(here.home).mode & 0o777).toBe(0o700);
    const open = readdirSync(here.home, { recursive: true, withFileTypes: true })
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !lstatSync(path).isSymbolicLink() && (lstatSync(path).mode & 0o077) !== 0)
      // The engine's own files have other modes, but their folder is closed to others.
      .filter((path) => !path.startsWith(join(here.home, 'store', 'engine', '/')));
    expect(open).toEqual([]);
    expect(lstatSync(join(here.home, 'store')).mode & 0o777).toBe(0o700);
    for (const name of ['inbox', 'spool', 'sessions', 'contexts', 'health.json', 'device', 'atel.log'])
      expect(readdirSync(here.home)).toContain(name);
    store.release();
  });
});
