import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SessionNews } from '../signals/hook/event.js';
import { isFinished, SessionStore, withNews, type SessionRecord } from './session-store.js';

const news = (some: Partial<SessionNews> = {}): SessionNews => ({
  sessionId: 's1',
  transcriptPath: '/t/s1.jsonl',
  cwd: '/projects/shop',
  starts: false,
  mayBeLate: false,
  refresh: false,
  ...some,
});

/** News of a session and the time of its capture. */
interface Heard {
  at: number;
  news: SessionNews;
}

const end = (at: number, reason = 'clear'): Heard => ({ at, news: news({ end: { at, reason } }) });
const stop = (at: number, agentId: string, agentType = 'reviewer'): Heard => ({
  at,
  news: news({ stop: { agentId, agentType, promptId: `p${at}`, at } }),
});
const skill = (at: number, name: string): Heard => ({ at, news: news({ skill: name }) });
const start = (at: number): Heard => ({ at, news: news({ starts: true }) });
const anything = (at: number): Heard => ({ at, news: news() });
const toolCall = (at: number): Heard => ({ at, news: news({ mayBeLate: true }) });

function after(...heard: Heard[]): SessionRecord {
  const [first, ...others] = heard;
  return others.reduce(
    (record, { news, at }) => withNews(record, news, 'shop', at),
    withNews(undefined, first!.news, 'shop', first!.at),
  );
}

describe('withNews', () => {
  it('the first news starts a record', () => {
    expect(after(anything(10))).toEqual({
      sessionId: 's1',
      project: 'shop',
      end: null,
      open: true,
      stops: {},
      skills: [],
      transcriptPath: '/t/s1.jsonl',
      stamps: {},
      sent: {},
      startedAt: 0,
      heardAt: 10,
      reading: 'later',
    });
  });

  it('a tool call whose hook ended after the end of its session does not open it again, a later one does', () => {
    expect(after(end(1_000), toolCall(1_050))).toMatchObject({ open: false, end: { at: 1_000 } });
    expect(after(end(1_000), toolCall(12_000))).toMatchObject({ open: true });
    expect(after(toolCall(900), end(1_000))).toMatchObject({ open: false });
  });

  it('the lines of each edit are kept once', () => {
    const edit = (at: number, toolUseId: string, added: number): Heard => ({
      at,
      news: news({ edit: { toolUseId, added, removed: 1 } }),
    });
    expect(after(edit(10, 'a', 3), anything(11), edit(12, 'b', 4), edit(13, 'a', 3)).edits).toEqual({
      a: { added: 3, removed: 1 },
      b: { added: 4, removed: 1 },
    });
  });

  it('a record is due once news calls for reading, and stays due until the session is read', () => {
    const due = withNews(after(anything(10)), news({ refresh: true }), 'shop', 20);
    expect(due.reading).toBe('due');
    expect(withNews(due, news(), 'shop', 30).reading).toBe('due');
    expect(withNews({ ...due, reading: 'later' }, news(), 'shop', 30).reading).toBe('later');
    expect(withNews({ ...due, reading: 'done' }, news({ starts: true }), 'shop', 30).reading).toBe('later');
  });

  it('a SessionStart alone does not open a session, whichever of the two hooks comes first', () => {
    const forked = { open: false, end: { at: 20 }, startedAt: 30, heardAt: 20 };
    expect(after(end(20), start(30))).toMatchObject(forked);
    expect(after(start(30), end(20))).toMatchObject(forked);
  });

  it('a SessionEnd closes a session', () => {
    expect(after(anything(10), end(20, 'logout'))).toMatchObject({
      open: false,
      end: { at: 20, reason: 'logout' },
      heardAt: 20,
    });
  });

  it('a SessionEnd closes a session without any other event', () => {
    expect(after(end(20))).toMatchObject({ open: false, end: { at: 20 } });
  });

  it('a session that continues after its end is open again and keeps the time of the end', () => {
    expect(after(end(20), anything(30))).toMatchObject({ open: true, end: { at: 20 }, heardAt: 30 });
  });

  it('an event from before the end does not reopen a session', () => {
    expect(after(end(20), stop(10, 'a1'))).toMatchObject({
      open: false,
      heardAt: 20,
      stops: { a1: { at: 10 } },
    });
  });

  it('the later of two ends counts, whichever is reported first', () => {
    expect(after(end(20, 'clear'), end(40, 'logout')).end).toEqual({ at: 40, reason: 'logout' });
    expect(after(end(40, 'logout'), end(20, 'clear')).end).toEqual({ at: 40, reason: 'logout' });
  });

  it('the later of two stops of an agent is kept', () => {
    expect(after(stop(30, 'a1'), stop(10, 'a1'), stop(20, 'a2')).stops).toEqual({
      a1: { at: 30, agentType: 'reviewer', promptId: 'p30' },
      a2: { at: 20, agentType: 'reviewer', promptId: 'p20' },
    });
  });

  it('agent ids that are names of object members are handled like any other', () => {
    const { stops } = after(stop(10, '__proto__'), stop(20, 'constructor'));
    expect(Object.keys(stops)).toEqual(['__proto__', 'constructor']);
    expect(stops.constructor).toEqual({ at: 20, agentType: 'reviewer', promptId: 'p20' });
  });

  it('each skill of a session is named once', () => {
    expect(after(skill(10, 'deploy'), skill(20, 'review'), skill(30, 'deploy')).skills).toEqual([
      'deploy',
      'review',
    ]);
  });

  it('the path of the transcript is kept if later news has none', () => {
    expect(withNews(after(anything(10)), news({ transcriptPath: '' }), 'shop', 20).transcriptPath).toBe(
      '/t/s1.jsonl',
    );
    expect(withNews(after(anything(10)), news({ transcriptPath: '/t/new' }), 'shop', 20).transcriptPath).toBe(
      '/t/new',
    );
  });

  it('what was sent and read is kept', () => {
    const record: SessionRecord = { ...after(anything(10)), sent: { e1: 'abc' }, stamps: { f: '1:2' } };
    expect(withNews(record, end(20).news, 'shop', 20)).toMatchObject({
      sent: { e1: 'abc' },
      stamps: { f: '1:2' },
    });
  });

  it('the given record is not changed', () => {
    const record = after(anything(10));
    const before = structuredClone(record);
    withNews(record, stop(20, 'a1').news, 'shop', 20);
    expect(record).toEqual(before);
  });

  it('the record is the same whatever the order of the events', () => {
    const kinds = fc.oneof(
      fc.constant((at: number) => anything(at)),
      fc.constant((at: number) => start(at)),
      fc.constantFrom('clear', 'logout').map((reason) => (at: number) => end(at, reason)),
      fc.constantFrom('a1', 'a2', '__proto__').map((agentId) => (at: number) => stop(at, agentId)),
      fc.constantFrom('deploy', 'review', 'test').map((name) => (at: number) => skill(at, name)),
    );
    const events = fc
      .array(kinds, { minLength: 1, maxLength: 10 })
      .map((made) => made.map((make, n) => make(100 + n)));
    const shuffled = events.chain((inOrder) =>
      fc.shuffledSubarray(inOrder, { minLength: inOrder.length }).map((mixed) => ({ inOrder, mixed })),
    );
    const state = ({ end, open, stops, skills, startedAt, heardAt }: SessionRecord) => ({
      end,
      open,
      stops: Object.entries(stops).sort(([a], [b]) => a.localeCompare(b)),
      skills: [...skills].sort(),
      startedAt,
      heardAt,
    });
    fc.assert(
      fc.property(shuffled, ({ inOrder, mixed }) => {
        expect(state(after(...mixed))).toEqual(state(after(...inOrder)));
        // Reporting it twice changes nothing either.
        expect(state(after(...mixed, ...inOrder))).toEqual(state(after(...inOrder)));
      }),
    );
  });
});

describe('SessionStore', () => {
  let folder: string;
  let store: SessionStore;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'atel-sessions-'));
    store = new SessionStore(join(folder, 'sessions'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const files = () => readdir(join(folder, 'sessions'));
  const record = (sessionId: string, some: Partial<SessionRecord> = {}): SessionRecord => ({
    ...after(anything(1_000)),
    sessionId,
    ...some,
  });

  it('load returns what was saved', async () => {
    const saved = after(skill(10, 'deploy'), stop(20, 'a1'), end(30));
    await store.save(saved);
    await expect(store.load('s1')).resolves.toEqual(saved);
    await expect(files()).resolves.toEqual(['s1.json']);
  });

  it('load returns undefined for a session that was not saved', async () => {
    await expect(store.load('s1')).resolves.toBeUndefined();
    await expect(store.open(2_000)).resolves.toEqual([]);
  });

  it.each([
    '../../outside',
    '/etc/passwd',
    'a/b',
    '..',
    '.hidden',
    'with blank',
    'x'.repeat(81),
    'ünïcödé',
    'a\0b',
    '',
  ])('the file of a session with the odd id %j is inside the folder', async (id) => {
    await store.save(record(id));
    await store.save(record('other'));
    await expect(store.load(id)).resolves.toMatchObject({ sessionId: id });
    await expect(store.load('other')).resolves.toMatchObject({ sessionId: 'other' });
    expect(await files()).toHaveLength(2);
    expect((await files()).every((name) => /^[\w-]+\.json$/.test(name))).toBe(true);
    expect(await readdir(folder)).toEqual(['sessions']);
  });

  it('sessions with similar odd ids have separate files', async () => {
    await store.save(record('a/b'));
    await store.save(record('a:b'));
    await expect(store.load('a/b')).resolves.toMatchObject({ sessionId: 'a/b' });
    await expect(store.load('a:b')).resolves.toMatchObject({ sessionId: 'a:b' });
  });

  it('open lists the sessions that are not done', async () => {
    await store.save(record('open'));
    const ended = { open: false, end: { at: 1_000, reason: 'clear' }, heardAt: 1_000, startedAt: 0 };
    await store.save(record('ended', { ...ended, reading: 'done' }));
    expect((await store.open(2_000)).map(({ sessionId }) => sessionId)).toEqual(['open']);
    expect(await files()).toHaveLength(2);
  });

  it('open lists an ended session that was not read since, or whose last lines may still come', async () => {
    const ended = { open: false, end: { at: 1_000, reason: 'clear' }, heardAt: 1_000, startedAt: 0 };
    await store.save(record('due', { ...ended, reading: 'due' }));
    await store.save(record('later', { ...ended, reading: 'later' }));
    expect((await store.open(2_000)).map(({ sessionId }) => sessionId)).toEqual(['due', 'later']);
  });

  it('a session is finished a minute after its end, unless it was started again', () => {
    const ended = record('s', { open: false, heardAt: 1_000, startedAt: 0 });
    expect(isFinished(ended, 61_000)).toBe(false);
    expect(isFinished(ended, 61_001)).toBe(true);
    expect(isFinished({ ...ended, startedAt: 1_500 }, 61_001)).toBe(false);
    expect(isFinished({ ...ended, open: true }, 61_001)).toBe(false);
  });

  it('a session without events for more than 30 days is forgotten, ended or not', async () => {
    const days = (count: number) => count * 86_400_000;
    const now = 1_800_000_000_000;
    await store.save(record('old-open', { heardAt: now - days(30) - 1 }));
    await store.save(record('old-ended', { heardAt: now - days(31), open: false }));
    await store.save(record('just-young-enough', { heardAt: now - days(30) }));
    await store.save(record('not-read-yet', { heardAt: now - days(40), reading: 'due' }));
    const listed = (await store.open(now)).map(({ sessionId }) => sessionId);
    expect(listed).toEqual(['just-young-enough', 'not-read-yet']);
    await expect(files()).resolves.toEqual(['just-young-enough.json', 'not-read-yet.json']);
  });

  it.each(['torn {', '', 'null', '{}', '[]', '5', '{"sessionId":"bad"}'])(
    'a record that contains %j is forgotten',
    async (text) => {
      await store.save(record('good'));
      await writeFile(join(folder, 'sessions', 'bad.json'), text);
      await expect(store.load('bad')).resolves.toBeUndefined();
      expect((await store.open(2_000)).map(({ sessionId }) => sessionId)).toEqual(['good']);
      await expect(files()).resolves.toEqual(['good.json']);
    },
  );

  it('a session whose record is not a regular file is unknown, and the path is left alone', async () => {
    await mkdir(join(folder, 'sessions', 's1.json'), { recursive: true });
    await expect(store.load('s1')).resolves.toBeUndefined();
    await expect(store.open(2_000)).resolves.toEqual([]);
    await expect(files()).resolves.toEqual(['s1.json']);
  });
});
