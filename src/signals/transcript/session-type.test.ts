import { expect, it } from 'vitest';
import { TranscriptReader } from './transcript.js';

const user = (entrypoint?: string, second = 0) =>
  JSON.stringify({
    type: 'user',
    timestamp: `2026-03-02T10:00:0${second}.000Z`,
    promptId: 'p',
    message: { content: 'hello' },
    ...(entrypoint !== undefined && { entrypoint }),
  });

const typeOf = (...lines: string[]) => {
  const reader = new TranscriptReader(1);
  for (const line of lines) reader.add(line);
  return reader.finish().type;
};

it.each([
  ['cli', 'interactive'],
  ['sdk-cli', 'print'],
  ['sdk-ts', 'sdk'],
  ['sdk-py', 'sdk'],
  ['mcp', 'sdk'],
  ['claude-vscode', 'editor'],
  ['claude-desktop', 'desktop'],
  ['local-agent', 'desktop'],
  ['claude-code-github-action', 'ci'],
  ['remote', 'remote'],
  ['remote_mobile', 'remote'],
])('a session whose client says %s is of the type %s', (entrypoint, type) => {
  expect(typeOf(user(entrypoint))).toBe(type);
});

it.each([undefined, '', 'remotely', 'something-new', 'constructor'])(
  'a session whose client says %j is of no known type',
  (entrypoint) => expect(typeOf(user(entrypoint))).toBe(''),
);

it('a session that is resumed in another way keeps its type; a fork has that of its own first line', () => {
  expect(typeOf(user('cli'), user('sdk-cli', 1))).toBe('interactive');
  const mark = JSON.stringify({ type: 'queue-operation', timestamp: '2026-03-02T10:00:05.000Z' });
  expect(typeOf(mark, user('cli'), user('sdk-cli', 6))).toBe('print');
});

it('the first line that tells the type counts, in an original and in a fork', () => {
  expect(typeOf(user(), user('something-new', 1), user('cli', 2))).toBe('interactive');
  const mark = JSON.stringify({ type: 'queue-operation', timestamp: '2026-03-02T10:00:05.000Z' });
  expect(typeOf(mark, user('cli'), user(undefined, 6), user('sdk-cli', 7))).toBe('print');
});
