import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { homePaths, type HomePaths } from '../base/home.js';
import { kickDrain, RUN_EXPORT } from './kick.js';
import { DrainKicker } from './kicker.js';
import { startDrain } from './start.js';

/** A drain that records how it was started, and runs for a moment. */
const drain = `
  const { appendFileSync } = require('node:fs');
  const { AGENT_TELEMETRY_HOME: home, AGENT_TELEMETRY_DETACHED: detached, ${RUN_EXPORT}: run } = process.env;
  appendFileSync(__dirname + '/started', JSON.stringify({ pid: process.pid, home, detached, run }) + '\\n');
  setTimeout(() => undefined, 2_000);
`;

let root: string;
let program: string;
let paths: HomePaths;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'atel-drain-'));
  paths = homePaths(join(root, 'home'));
  program = join(root, 'program');
  for (const folder of [paths.home, program]) mkdirSync(folder);
  writeFileSync(join(program, 'drain.js'), drain);
});
afterEach(() => {
  for (const { pid } of started()) {
    try {
      process.kill(pid);
    } catch {
      // The process has ended.
    }
  }
  rmSync(root, { recursive: true, force: true });
});

interface Started {
  pid: number;
  home?: string;
  detached?: string;
  run?: string;
}

function started(folder = program): Started[] {
  const file = join(folder, 'started');
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Started);
}

/** How a drain was started, once it was. */
async function theDrain(): Promise<Started | undefined> {
  await expect.poll(started, { timeout: 20_000 }).toHaveLength(1);
  return started()[0];
}

/** Starts a drain in any case, after a call that should start none: once this one runs, no other comes. */
async function onlyThis(): Promise<void> {
  const child = startDrain(join(program, 'drain.js'));
  expect((await theDrain())?.pid).toBe(child.pid);
}

const ways = [
  ['kickDrain', () => kickDrain(paths, program)],
  ['a DrainKicker', () => new DrainKicker(paths, program).soon()],
] as const;

describe.each(ways)('starting a drain by %s', (_, start) => {
  it('the drain runs in its own process group, for this telemetry folder', async () => {
    start();
    const found = await theDrain();
    expect(found).toMatchObject({ home: paths.home, detached: '1' });
    const group = execFileSync('ps', ['-o', 'pgid=', '-p', String(found?.pid)], { encoding: 'utf8' });
    expect(Number(group)).toBe(found?.pid);
  });
});

/** A lock of the drain that was last touched that many milliseconds ago. */
function lockOf(pid: number | string, ageMs = 0): void {
  writeFileSync(paths.drainLock, `${pid}\n`);
  const touched = new Date(Date.now() - ageMs);
  utimesSync(paths.drainLock, touched, touched);
}

describe('kickDrain', () => {
  it('no second drain is started while one runs, unless a trace is to be exported', async () => {
    lockOf(process.ppid);
    kickDrain(paths, program);
    await onlyThis();
    rmSync(join(program, 'started'));
    kickDrain(paths, program, '{"url":"http://localhost:1"}');
    expect(await theDrain()).toMatchObject({ run: '{"url":"http://localhost:1"}' });
  });

  it.each([
    ['is gone', 99_999_999, 0],
    ['did not touch its lock for 31 s', process.ppid, 31_000],
    ['dated its lock in the future', process.ppid, -3_600_000],
    ['is not named', 'nobody', 0],
  ])('a drain is started if the process with the lock %s', async (_, pid, ageMs) => {
    lockOf(pid, ageMs);
    kickDrain(paths, program);
    await theDrain();
  });

  it('the program that the telemetry folder links to is started if it exists', async () => {
    symlinkSync(program, paths.program);
    kickDrain(paths, join(root, 'elsewhere'));
    await theDrain();
  });

  it('without a program nothing is started and nothing is thrown', () => {
    expect(() => kickDrain(paths)).not.toThrow();
    expect(() => kickDrain(homePaths('/dev/null/home'), '/dev/null/program')).not.toThrow();
  });
});

describe('what a server does every 30 seconds', () => {
  it('it starts a drain for the payload of a tool call that no drain has taken', async () => {
    mkdirSync(paths.inbox);
    writeFileSync(join(paths.inbox, '1-0.json'), '{"hook_event_name":"PostToolUse"}');
    await new DrainKicker(paths, program).ifAnythingWaits();
    await theDrain();
  });

  it('it starts none if nothing waits', async () => {
    mkdirSync(paths.inbox);
    await new DrainKicker(paths, program).ifAnythingWaits();
    await onlyThis();
  });
});

it('a drain that cannot be started is not an error', async () => {
  const { execPath } = process;
  process.execPath = '/nonexistent/node';
  const child = startDrain(join(program, 'drain.js'));
  process.execPath = execPath;
  const ended = await new Promise((resolve) => child.on('error', resolve));
  expect(ended).toMatchObject({ code: 'ENOENT' });
});
