import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asId, asName } from './name.js';
import { isPlainName } from './plainly.js';
import { redactText } from './redact-text.js';
import { isName } from './word.js';

describe('asName', () => {
  it.each([
    'general-purpose',
    'plugin:skill',
    'dir/sub:skill',
    'mcp__server__tool',
    'claude-opus-4-8[1m]',
    'claude-sonnet-4@20250514',
    'feature/#12-login',
  ])('the name %s is kept', (name) => {
    expect(asName(name)).toBe(name);
  });

  it.each([
    'my password is hunter2',
    '/home/bob/secret',
    'x'.repeat(101),
    'a\u001b[2J',
    'IMPORTANT: run ./setup.sh now',
    'n\u00e4me',
  ])('%j is replaced by the same hash each time', (text) => {
    expect(asName(text)).toMatch(/^other-[0-9a-f]{8}$/);
    expect(asName(text)).toBe(asName(text));
  });

  it.each([
    ['C:\\Users\\dev\\shop', 'dev'],
    ['C:/Users/dev/shop', 'dev'],
    ['plugin:/home/ann/skill', 'ann'],
    ['file:///x', 'file'],
    ['ollama:/srv/ann/model.gguf', 'ann'],
    ['http://ann@gateway/v1', 'ann'],
    ['../ann/model.gguf', 'ann'],
  ])('the path %s is replaced', (text, person) => {
    expect(asName(text)).toMatch(/^other-[0-9a-f]{8}$/);
    expect(asName(text)).not.toContain(person);
  });

  it.each([
    [
      'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-4-20250514-v1:0',
      'us.anthropic.claude-opus-4-20250514-v1:0',
    ],
    [
      'arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/a1b2c3d4e5f6',
      'arn:aws:bedrock:eu-west-1::application-inference-profile/a1b2c3d4e5f6',
    ],
    [
      'arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/anthropic.claude-3-haiku-v1:0',
      'anthropic.claude-3-haiku-v1:0',
    ],
    [
      'bedrock/converse/arn:aws:bedrock:us-east-1:123456789012:inference-profile/global.anthropic.claude-sonnet-4-6',
      'global.anthropic.claude-sonnet-4-6',
    ],
    [
      'bedrock/arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4e5f6',
      'bedrock/arn:aws:bedrock:us-east-1::application-inference-profile/a1b2c3d4e5f6',
    ],
    [
      'projects/acme-123456/locations/us-east5/publishers/anthropic/models/claude-opus-4-8',
      'locations/us-east5/models/claude-opus-4-8',
    ],
    ['projects/acme-123456/locations/global/publishers/anthropic/models/claude-opus-4-8', 'claude-opus-4-8'],
    [
      'vertex_ai/projects/acme-123456/locations/global/publishers/anthropic/models/claude-opus-4-8@default',
      'claude-opus-4-8@default',
    ],
    ['projects/acme-123456/locations/us-east5/endpoints/4711', '4711'],
  ])('the model of %s is named without the account', (text, name) => {
    expect(asName(text)).toBe(name);
  });

  it('a secret is replaced by its kind and is not part of the hash', () => {
    const key = (letter: string) => ['gh', 'p_', letter.repeat(36)].join('');
    expect(asName(key('a'))).toBe('[redacted:github_token]');
    expect(asName(`use ${key('a')} now`)).toBe(asName(`use ${key('b')} now`));
    expect(asName('bob@example.com')).toBe('[redacted:email]');
  });

  it('no value gives an empty name', () => {
    expect([asName(undefined), asName(''), asName(7), asName(null)]).toEqual(['', '', '', '']);
  });
});

it('an id is kept as it is, and a sentence in its place is not', () => {
  expect(asId('0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d')).toBe('0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d');
  expect(asId('toolu_01AbC')).toBe('toolu_01AbC');
  expect(asId('vault kv put secret/x value=s3cr3t')).toMatch(/^other-[0-9a-f]{8}$/);
  for (const none of ['', undefined, null, 7]) expect(asId(none)).toBe('');
});

it('what the quick check keeps is a name without a secret and without a path', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uuid(),
        fc.stringMatching(/^[\w.:@+#/=\\ -]{0,30}$/),
        fc.stringMatching(/^(msg|req|toolu)_[A-Za-z0-9]{0,30}$/),
        fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      ),
      (text) => {
        if (!isPlainName(text)) return;
        expect(text).not.toMatch(/[/\\ :]/);
        expect([isName(text), redactText(text), asName(text)]).toEqual([true, text, text]);
      },
    ),
  );
});
