import { describe, expect, it } from 'vitest';
import { furtherSecrets, plantedSecrets, secretsInContext } from '../../../tests/helpers/secrets.js';
import { redactText } from './redact-text.js';

/** Pieces of a text that make a pattern begin again and again. */
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
/** Linear work takes four times as long for four times the text, quadratic work sixteen times. */
const MOST = 9;
/** A shorter time says nothing about a pattern. */
const LEAST_MS = 20;

/** Processor time for the text, milliseconds. */
function cpuMs(text: string): number {
  const before = process.cpuUsage();
  redactText(text);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/**
 * Time for the large text divided by the time for the small one; the minimum of a few tries, because other programs
 * use the machine too.
 */
function ratioOf(large: string, small: string): number {
  if (cpuMs(large) < LEAST_MS) return 0;
  return Math.min(...[0, 1, 2].map(() => cpuMs(large) / cpuMs(small)));
}

describe('time of redaction', () => {
  it.each([
    [
      'that repeats the beginning of a pattern',
      (trigger: string, length: number) => trigger.repeat(length / trigger.length),
    ],
    [
      'that continues after the beginning of a pattern',
      (trigger: string, length: number) => `@password ${trigger}${'a'.repeat(length)}`,
    ],
  ])(
    'a text of four times the length %s takes at most linear time',
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
