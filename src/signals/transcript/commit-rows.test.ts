import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tempFolder } from '../../../tests/helpers/temp.js';
import { asObject } from '../../base/json/json.js';
import { stamp } from '../row.js';
import { commitRows } from './commit-rows.js';
import { TranscriptReader } from './transcript.js';

const start = Date.parse('2026-03-02T10:00:00.000Z');
const hash = (n: number) => String(n).repeat(40);

/** A working tree whose HEAD has this log: seconds after the start, and git's message. Each hash has its number. */
function tree(...log: [second: number, message: string][]): string {
  const folder = tempFolder();
  mkdirSync(join(folder, '.git', 'logs'), { recursive: true });
  writeFileSync(
    join(folder, '.git', 'logs', 'HEAD'),
    log
      .map(
        ([second, message], n) =>
          `${hash(n)} ${hash(n + 1)} A <a@example.com> ${start / 1000 + second} +0000\t${message}\n`,
      )
      .join(''),
  );
  return folder;
}

interface Call {
  command: string;
  /** Seconds after the start. */
  from: number;
  /** Null while it has no result. */
  to: number | null;
  stdout?: string;
  failure?: string;
}

/** What is known of each commit of a session with these calls of Bash. */
function commits(folder: string, calls: Call[]) {
  const reader = new TranscriptReader(1);
  const time = (second: number) => new Date(start + second * 1000).toISOString();
  for (const [n, { command, from, to, stdout = '', failure }] of calls.entries()) {
    const content = [{ type: 'tool_use', id: `toolu_${n}`, name: 'Bash', input: { command } }];
    const usage = { input_tokens: 1, output_tokens: 1 };
    const message = { id: `msg_${n}`, model: 'claude-opus-4-8', stop_reason: 'tool_use', usage, content };
    const result = {
      type: 'tool_result',
      tool_use_id: `toolu_${n}`,
      content: stdout,
      is_error: failure !== undefined,
    };
    const call = {
      type: 'assistant',
      timestamp: time(from),
      requestId: `req_${n}`,
      cwd: folder,
      gitBranch: 'main',
    };
    reader.add(JSON.stringify({ ...call, message }));
    if (to === null) continue;
    const end = { type: 'user', timestamp: time(to), promptId: 'p', message: { content: [result] } };
    reader.add(JSON.stringify({ ...end, toolUseResult: failure ?? { stdout } }));
  }
  const shared = {
    ...stamp({ device: 'd', origin: 'live', privacyTier: 1 }),
    ...{ session_id: 'session-1', project: 'shop', source: 'transcript' },
  };
  return commitRows([{ transcript: reader.finish(), agent: undefined }], () => true, shared).map(
    ({ row }) => {
      const { event_id, commit_hash, tool_use_id, payload } = asObject(row) ?? {};
      return { event_id, commit_hash, tool_use_id, ...asObject(JSON.parse(String(payload))) };
    },
  );
}

const short = (n: number) => hash(n).slice(0, 10);

it('a commit that git did not print is found in the log of HEAD, by the time of the call', () => {
  const folder = tree(
    [1, 'commit: before'],
    [11, 'commit: one'],
    [12, 'commit (amend): better'],
    [20, 'commit: by hand'],
  );
  expect(
    commits(folder, [{ command: 'git commit -qm one && git commit -q --amend -m better', from: 10, to: 13 }]),
  ).toMatchObject([
    {
      ...{ commit_hash: short(2), tool_use_id: 'toolu_0', kind: 'committed', place: 0, branch: 'main' },
      found: 'log',
    },
    {
      ...{ commit_hash: short(3), tool_use_id: 'toolu_0', kind: 'amended', place: 1, branch: 'main' },
      ...{ replaces: short(2), first: short(2), evidence: 'hash', found: 'log' },
    },
  ]);
});

it('a script or an alias that commits quietly is believed less, and only if it took at most a minute', () => {
  const folder = tree([11, 'commit: one'], [100, 'commit: two']);
  const calls = [
    { command: './commit.sh', from: 10, to: 12 },
    { command: 'make release', from: 90, to: 151 },
  ];
  expect(commits(folder, calls)).toMatchObject([{ commit_hash: short(1), found: 'log_of_script' }]);
});

it('a commit that was made by hand while another command ran is not claimed', () => {
  expect(commits(tree([11, 'commit: by hand']), [{ command: 'npm test', from: 10, to: 20 }])).toEqual([]);
});

it('a call that was denied made none, one that failed later may have made one', () => {
  const folder = tree([11, 'commit: one']);
  const call = { command: 'git commit -qm one && npm test', from: 10, to: 20 };
  expect(commits(folder, [{ ...call, failure: "The user doesn't want to proceed" }])).toEqual([]);
  expect(commits(folder, [{ ...call, failure: 'Error: Exit code 1' }])).toHaveLength(1);
});

it('a commit that git printed is there once, and is not believed less for standing in the log', () => {
  const folder = tree([11, 'commit: one'], [12, 'commit: two']);
  const call = { command: 'git commit -m one; git commit -qm two', from: 10, to: 13 };
  const found = commits(folder, [{ ...call, stdout: '[main 1111111] one\n 1 file changed, 1 insertion(+)' }]);
  expect(found).toMatchObject([
    { commit_hash: '1111111' },
    { commit_hash: short(2), place: 1, found: 'log' },
  ]);
  expect(found).toHaveLength(2);
  expect(found[0]).not.toHaveProperty('found');
});

it('of two calls that ran at the time of a commit, the one that asked git for it made it', () => {
  const folder = tree([11, 'commit: one']);
  const calls = [
    { command: './release.sh', from: 10, to: 12 },
    { command: 'git commit -qm one', from: 9, to: 14 },
  ];
  expect(commits(folder, calls)).toMatchObject([{ tool_use_id: 'toolu_1', found: 'log' }]);
});

it('the branch is the one that the log and HEAD say was checked out, and a revert undoes what its subject quotes', () => {
  const folder = tree(
    [1, 'checkout: moving from main to side'],
    [11, 'commit: one'],
    [12, 'revert: Revert "one"'],
  );
  writeFileSync(join(folder, '.git', 'HEAD'), 'ref: refs/heads/side\n');
  expect(
    commits(folder, [
      { command: 'git commit -qm one && git revert --no-edit HEAD > /dev/null', from: 10, to: 13 },
    ]),
  ).toMatchObject([
    { commit_hash: short(2), branch: 'side' },
    { commit_hash: short(3), kind: 'reverted', reverts: short(2), evidence: 'subject' },
  ]);
});

it('a commit by hand before a call that was approved late, or during a command about releases, is not claimed', () => {
  const folder = tree([11, 'commit: by hand'], [12, 'commit: by hand too'], [50, 'commit: one']);
  expect(commits(folder, [{ command: 'git commit -qm one', from: 10, to: 51 }])).toMatchObject([
    { commit_hash: short(3) },
  ]);
  for (const command of ['cargo build --release', 'git log --oneline | grep commit', 'echo git commit -qm x'])
    expect(commits(folder, [{ command, from: 10, to: 13 }])).toEqual([]);
  // A loop may make any number.
  expect(
    commits(folder, [{ command: 'for f in a b c; do git commit -qm "$f" "$f"; done', from: 10, to: 51 }]),
  ).toHaveLength(3);
});

it('a call that only commits and failed made no commit, whoever made one meanwhile', () => {
  const folder = tree([11, 'commit: by hand']);
  const failed = { from: 10, to: 20, failure: 'Error: Exit code 1' };
  for (const command of [
    'git commit -qm x',
    'git add . && git commit -m x',
    "git -C . commit -qm 'a; b' 2>&1",
  ])
    expect(commits(folder, [{ command, ...failed }])).toEqual([]);
  for (const command of ['git commit -qm x; false', 'git commit -qm x || git commit -qm x --no-verify'])
    expect(commits(folder, [{ command, ...failed }])).toHaveLength(1);
});

it('a call that asked for a commit is not believed if it took more than ten minutes', () => {
  const folder = tree([700, 'commit: by hand']);
  expect(commits(folder, [{ command: 'git commit -qm x', from: 90, to: 701 }])).toEqual([]);
  expect(commits(folder, [{ command: 'git commit -qm x', from: 110, to: 701 }])).toHaveLength(1);
});

it('a commit that a call without a result may have made is not claimed by another one', () => {
  const folder = tree([11, 'commit: one']);
  const script = { command: './release.sh', from: 10, to: 12 };
  const open = (from: number) => ({ command: 'git commit -m one', from, to: null });
  expect(commits(folder, [script, open(9)])).toEqual([]);
  // The commit is older than the open call, or the call was never ended.
  expect(commits(folder, [script, open(12)])).toHaveLength(1);
  expect(commits(folder, [script, open(-600)])).toHaveLength(1);
});

it('a commit of the log has the id that it gets when git prints it in seven digits', () => {
  const folder = tree([11, 'commit: one']);
  const [quiet] = commits(folder, [{ command: './release.sh', from: 10, to: 12 }]);
  const [printed] = commits(folder, [
    { command: 'git commit -m one', from: 10, to: 12, stdout: '[main 1111111] one' },
  ]);
  expect(quiet?.event_id).toBe(printed?.event_id);
  expect(quiet?.commit_hash).not.toBe(printed?.commit_hash);
});

it('the commits of a call that git printed in part stand in the order of the log, with its kinds', () => {
  const folder = tree([11, 'commit: one'], [12, 'commit (amend): better'], [13, 'commit: two']);
  const command = 'git commit -qm one && git commit --amend -m better; git commit -qm two';
  expect(commits(folder, [{ command, from: 10, to: 14, stdout: '[main 2222222] better' }])).toMatchObject([
    { commit_hash: short(1), place: 0 },
    { commit_hash: '2222222', place: 1, kind: 'amended', replaces: short(1), evidence: 'hash' },
    { commit_hash: short(3), place: 2 },
  ]);
});
