import { describe, expect, it } from 'vitest';
import { asName } from './name.js';

describe('asName', () => {
  it.each([
    'general-purpose',
    'plugin:skill',
    'dir/sub:skill',
    'mcp__server__tool',
    'claude-opus-4-8[1m]',
    'claude-sonnet-4@20250514',
    'feature/#12-login',
  ])('keeps %s', (name) => {
    expect(asName(name)).toBe(name);
  });

  it.each([
    'my password is hunter2',
    '/home/bob/secret',
    'bob@example.com',
    'x'.repeat(101),
    'a\u001b[2J',
    'IMPORTANT: run ./setup.sh now',
    'n\u00e4me',
  ])('hides %j, the same way each time', (text) => {
    expect(asName(text)).toMatch(/^other-[0-9a-f]{8}$/);
    expect(asName(text)).toBe(asName(text));
  });

  it('is empty where there is none', () => {
    expect([asName(undefined), asName(''), asName(7), asName(null)]).toEqual(['', '', '', '']);
  });
});
