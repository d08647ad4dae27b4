import { describe, expect, it } from 'vitest';
import { keptText } from './contents.js';
import { redactText, redactValue } from './redact-text.js';

/** A value within so many lists and objects, by turns. */
function nested(depth: number, value: unknown): unknown {
  let around = value;
  for (let n = 0; n < depth; n += 1) around = n % 2 === 0 ? [around] : { a: around };
  return around;
}

describe('a structured text', () => {
  it('is kept as JSON up to 200 levels, and a remark stands for what is deeper', () => {
    const whole = keptText(nested(199, 'deep'));
    expect(whole).toMatchObject({ isCut: false });
    expect(whole?.text).toContain('"deep"');
    for (const depth of [201, 3_000, 100_000]) {
      const kept = keptText(nested(depth, 'deep'));
      expect(kept).toMatchObject({ isCut: true });
      expect(kept?.text).toContain('[nested too deeply]');
      expect(kept?.text).not.toContain('deep"');
    }
  });

  it('has the length of each name that is too long in its place, also of two of the same length', () => {
    const long = 'a'.repeat(10_000_000);
    const kept = keptText({ [`${long}b`]: 1, [`${long}c`]: 2, d: 3 });
    expect(kept).toEqual({
      text: '{"1: [10000001 characters]":1,"2: [10000001 characters]":2,"d":3}',
      characters: 65,
      isCut: true,
    });
  });
});

it('a value of any depth and a text of any length are redacted without an error', () => {
  const secret = 'ghp_0123456789abcdefghijABCDEFGHIJ012345';
  for (const depth of [3_000, 100_000]) {
    expect(JSON.stringify(redactValue([secret, nested(depth, secret)]))).not.toContain(secret);
    expect(JSON.stringify(redactValue({ password: nested(depth, secret) }))).not.toContain(secret);
  }
  expect(redactText('a'.repeat(20_000_000))).toBe('[20000000 characters]');
});
