/**
 * Texts from outside that make a badly written pattern take time by the square or the cube of their length: at these
 * lengths, it would not end before the test does.
 */
import { describe, expect, it } from 'vitest';
import { clientCosts } from './transcript/client-costs.js';
import { readGitCommand } from './git/command.js';
import { readModelName } from './model-name.js';
import { projectOf, withParents } from './project.js';
import { asName } from './privacy/name.js';
import { TranscriptReader } from './transcript/transcript.js';

const MEGABYTE = 1_000_000;

/** The transcript of one user line. */
function read(content: unknown) {
  const reader = new TranscriptReader(3);
  const line = { type: 'user', timestamp: '2026-11-20T10:00:00.000Z', promptId: 'p-1', uuid: 'u-1' };
  reader.add(JSON.stringify({ ...line, message: { role: 'user', content } }));
  return reader.finish();
}

describe('a user line of a megabyte', () => {
  it.each([
    [
      'blanks after <command-name>',
      `<command-message>x</command-message><command-name>${' '.repeat(MEGABYTE)}`,
    ],
    ['<command-name> again and again', '<command-name>'.repeat(MEGABYTE / 14)],
    [
      '<command-args> again and again',
      `<command-message>x</command-message><command-name>/x</command-name>${'<command-args>'.repeat(MEGABYTE / 14)}`,
    ],
    ['a notification of blanks', `<task-notification><task-id>${' '.repeat(MEGABYTE)}`],
  ])('with %s is read in the end, as a text or as none', (_, text) => {
    expect(read(text).texts.length).toBeLessThan(2);
    expect(read([{ type: 'text', text }]).texts.length).toBeLessThan(2);
  });

  it('has its command and the beginning of its arguments', () => {
    const args = 'x '.repeat(MEGABYTE / 2);
    const { texts } = read(
      `<command-message>review</command-message><command-name>\n /review \n</command-name><command-args> ${args}</command-args>`,
    );
    expect(texts[0]?.kept.text.slice(0, 13)).toBe('/review x x x');
  });
});

it.each(['/', '/home/', 'a/', '\\', 'projects/', 'models/'])(
  'a folder of a megabyte of %s has a project, and nothing is looked up for it',
  (part) => {
    const text = part.repeat(MEGABYTE / part.length);
    for (const folder of [`/${text}x`, `${text}x`, `a${text}`])
      expect(projectOf(folder)).toMatch(/-[0-9a-f]{8}$/);
    expect(withParents(`/${text}x`)).toEqual([]);
  },
);

it.each(['[', 'projects/', 'models/', 'arn:', '[a'])('a name of a megabyte of %s is no name', (part) => {
  const name = part.repeat(MEGABYTE / part.length);
  expect(asName(name)).toMatch(/^other-[0-9a-f]{8}$/);
  expect(readModelName(name).isFast).toBe(false);
  const costs = { costUSD: 1, inputTokens: 1, outputTokens: 1, cacheReadInputTokens: 0 };
  expect(
    clientCosts(JSON.stringify({ totalCostUSD: 1, modelUsage: { [name]: costs } })).reported_cost_usd,
  ).toBe(1);
});

it.each(['\\"', '<<A', 'git -a.', 'git -c ', 'A', '\n'])(
  'a command of 20,000 letters of %j makes no commit that it does not name',
  (part) => {
    const text = part.repeat(20_000 / part.length);
    for (const before of ['', '<<', '"', 'git '])
      expect(readGitCommand(before + text)?.kinds ?? []).toEqual([]);
    expect(readGitCommand(`git -c user.name=x commit -m done; ${text}`)?.kinds).toEqual(['committed']);
  },
);
