import { describe, expect, it } from 'vitest';
import { furtherSecrets, plantedSecrets, secretsInContext } from '../../../tests/helpers/secrets.js';
import { redactText } from './redact-text.js';

/** What a text may be made of that makes a pattern begin again and again. */
const triggers = [
  ...[...plantedSecrets, ...furtherSecrets].map(({ text }) => text.slice(0, 12)),
  ...secretsInContext.map(([, text]) => text.slice(0, 24)),
  ...[
    '--token ',
    '--token abc ',
    'password="',
    "password='",
    '| password | x ',
    'a@',
    'a@b.c ',
    'a://b:',
    '://',
  ],
  ...[
    '?token=',
    '&a',
    '"\\"',
    '\\"',
    '\\',
    '"',
    "'",
    'M',
    '0',
    'eyJ',
    'cGFz',
    'mysql ',
    'echo x | ',
    'machine ',
  ],
  ...[
    'password is ',
    'bearer ',
    'basic ',
    '%40',
    '%3D',
    'token\n',
    'token:\n  ',
    'password: |\n ',
    '[redacted:',
  ],
  ...['{"a":', '[', '_00', 'sk-', 'x+', 'a:5432:b:', '-', '--a', 'cookie: a;', 'with/key/', 'a.', ' ', '\t'],
  ...['token "', 'tokenpasswordsecret', 'password value', 'password "" ', '-----END PRIVATE ' + 'KEY-----'],
];

const SMALL = 10_000;
const FACTOR = 4;
/** Linear work takes four times as long, quadratic work sixteen times. */
const MOST = 9;
/** Less says nothing of a pattern. */
const LEAST_MS = 20;

/** How long a processor worked on the text, milliseconds. */
function cpuMs(text: string): number {
  const before = process.cpuUsage();
  redactText(text);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** How many times as long the large text takes; the least of a few tries, since others use the machine too. */
function ratioOf(large: string, small: string): number {
  if (cpuMs(large) < LEAST_MS) return 0;
  return Math.min(...[0, 1, 2].map(() => cpuMs(large) / cpuMs(small)));
}

describe('a text of four times the length', () => {
  it.each([
    [
      'that repeats what a pattern begins with',
      (trigger: string, length: number) => trigger.repeat(length / trigger.length),
    ],
    [
      'that goes on behind what a pattern begins with',
      (trigger: string, length: number) => `@password ${trigger}${'a'.repeat(length)}`,
    ],
  ])(
    '%s takes no more than linear time',
    (_, make) => {
      const slow = triggers.flatMap((trigger) => {
        const ratio = ratioOf(make(trigger, SMALL * FACTOR), make(trigger, SMALL));
        return ratio > MOST ? [`${JSON.stringify(trigger)}: ${ratio.toFixed(1)} times`] : [];
      });
      expect(slow).toEqual([]);
    },
    300_000,
  );
});
