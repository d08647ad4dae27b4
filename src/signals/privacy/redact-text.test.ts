import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainWord, plantedSecrets, secretNames } from '../../../tests/helpers/secrets.js';
import { redactText, redactValue } from './redact-text.js';
import { secretPatterns } from './secret-patterns.js';

const mark = /\[redacted:([a-z_]+)\]/;

/** What a secret may stand in. */
const surroundings: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => `before ${text} after`,
  (text) => `(${text})`,
  (text) => `"${text}"`,
  (text) => `line\n${text}\nline`,
  (text) => `key: ${text}, more`,
  (text) => `x=${text}`,
  (text) => JSON.stringify({ a: [{ b: `see\n${text}` }] }),
  (text) => JSON.stringify({ inner: JSON.stringify({ b: `see\n${text}` }) }),
  // Cut off, so that it is JSON no longer.
  (text) => JSON.stringify({ a: `see\n${text}`, b: 'more' }).slice(0, -1),
];

describe('a planted secret', () => {
  it.each(plantedSecrets)('of kind $kind is found alone, and named', ({ kind, text, secret }) => {
    const redacted = redactText(text);
    expect(redacted).not.toContain(secret);
    expect(mark.exec(redacted)?.[1]).toBe(kind);
  });

  it('is found in whatever it stands in', () => {
    const found = plantedSecrets.flatMap(({ kind, text, secret }) =>
      surroundings.flatMap((surround, index) =>
        redactText(surround(text)).includes(secret) ? [`${kind} in ${index}`] : [],
      ),
    );
    expect(found).toEqual([]);
  });

  it('is found in a long text, in a part of 100,000 letters', () => {
    const long = 'lorem ipsum dolor '.repeat(6_000);
    for (const { text, secret } of plantedSecrets)
      expect(redactText(`${long}${text} ${long}`)).not.toContain(secret);
  }, 30_000);

  it('leaves no trace that differs from secret to secret', () => {
    const one = joinedToken('a');
    const other = joinedToken('b');
    expect(redactText(`use ${one}`)).toBe(redactText(`use ${other}`));
  });
});

function joinedToken(letter: string): string {
  return ['gh', 'p_', letter.repeat(36)].join('');
}

describe('a value below the name of a secret', () => {
  it.each(secretNames)('is a secret: %s', (name) => {
    const redacted = JSON.stringify(redactValue({ [name]: plainWord, other: 'stays' }));
    expect(redacted).not.toContain(plainWord);
    expect(redacted).toContain('[redacted:');
    expect(redacted).toContain('"other":"stays"');
  });

  it.each(secretNames)('is a secret in JSON text and in an assignment: %s', (name) => {
    const texts = [
      JSON.stringify({ deep: [{ [name]: plainWord }] }),
      JSON.stringify({ deep: [{ [name]: plainWord }] }).slice(0, -2),
      `${name}=${plainWord}`,
      `${name}: ${plainWord}`,
      `"${name}": "${plainWord}"`,
    ];
    for (const text of texts) expect(redactText(text), text).not.toContain(plainWord);
  });

  it('is a secret however deep it stands', () => {
    expect(redactValue({ credentials: { of: [{ any: plainWord }] } })).toEqual({
      credentials: { of: [{ any: '[redacted:credentials]' }] },
    });
  });

  it('is none where it is a count, a flag or nothing', () => {
    const counts = { token: 7, password: 1, has_token: 'true', secret: '', cookie: null, auth: false };
    expect(redactValue(counts)).toBe(counts);
  });

  it.each([
    'input_tokens',
    'max_tokens',
    'token_type',
    'token.usage',
    'authors',
    'cookie_count',
    'keyboard',
    'secretary',
    'cache_key_count',
    'passed',
    'request_key',
  ])('is none below %s', (name) => {
    const value = { [name]: 'a-plain-word' };
    expect(redactValue(value)).toBe(value);
  });
});

describe('an argument of a command', () => {
  it('is a secret behind the name of one', () => {
    expect(redactText('deploy --api-token plantedword --fast')).toBe(
      'deploy --api-token [redacted:token] --fast',
    );
    expect(redactText("curl -H 'Cookie: a=b; c=d' x")).toBe("curl -H 'Cookie: [redacted:cookie]' x");
    expect(redactText('git clone https://me:pl@nted/x@host/y')).not.toContain('pl@nted');
  });
});

const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));
const base62 = (length: number) => fc.stringMatching(new RegExp(`^[A-Za-z0-9]{${length}}$`));
const word = fc.stringMatching(/^[a-z]{2,10}$/);
const named = (prefix: string, id: fc.Arbitrary<string>) => id.map((text) => `${prefix}${text}`);

describe('what is no secret', () => {
  it('stays: ids, hashes, times, names, paths of sessions', () => {
    const harmless = fc.oneof(
      fc.uuid(),
      hex(8),
      hex(16),
      hex(32),
      hex(40),
      hex(64),
      named('msg_01', base62(22)),
      named('req_011C', base62(20)),
      named('toolu_01', base62(22)),
      named('srvtoolu_01', base62(22)),
      named('agent-', hex(17)),
      fc
        .date({ noInvalidDate: true, min: new Date(0), max: new Date('2200-01-01') })
        .map((date) => date.toISOString()),
      fc.tuple(word, word, hex(8)).map(([a, b, hash]) => `${a}-${b}-${hash}`),
      fc.array(word, { minLength: 1, maxLength: 8 }).map((words) => words.join('-')),
      fc.array(word, { minLength: 1, maxLength: 5 }).map((words) => `mcp__${words.join('__')}`),
      fc
        .array(word, { minLength: 2, maxLength: 8 })
        .map((words) => `/home/dev/.claude/projects/-${words.join('-')}`),
      fc.array(word, { minLength: 2, maxLength: 5 }).map((words) => `feature/${words.join('-')}`),
      fc.tuple(word, fc.nat(99), fc.nat(99), fc.nat(99)).map(([a, x, y, z]) => `${a}@${x}.${y}.${z}`),
      fc.array(word, { minLength: 1, maxLength: 30 }).map((words) => words.join(' ')),
    );
    fc.assert(
      fc.property(harmless, (text) => {
        expect(redactText(text)).toBe(text);
      }),
      { numRuns: 3_000 },
    );
  });

  it.each([
    'claude-opus-4-8[1m]',
    'claude-sonnet-4@20250514',
    'us.anthropic.claude-opus-4-20250514-v1:0',
    'anthropic/claude-opus-4.6',
    'task-runner-with-a-very-long-name-indeed',
    'sk-learn-pipeline',
    'disk-usage-and-something-that-is-long',
    'general-purpose',
    'plugin:skill-name',
    'mcp__github__create_pull_request',
    'https://opentelemetry.io/schemas/1.24.0',
    'https://registry.internal:4873/@scope/pkg',
    'git@github.com:acme/shop.git',
    'bearer of bad news',
    'basic authentication failed',
    'the token ran out',
    '{"input_tokens":5,"max_tokens":"12"}',
    'total_tokens=12',
    '2026-11-20 10:49:32.514',
    '2026-11-20T10:49:32.514000123Z',
    'src/auth/token.ts',
    'key-value-store',
    'SG.1',
    'pat',
  ])('stays: %s', (text) => {
    expect(redactText(text)).toBe(text);
  });
});

describe('redaction', () => {
  const piece = fc.oneof(
    fc.constantFrom(...plantedSecrets.map(({ text }) => text)),
    fc.constantFrom(
      ...secretNames,
      'Bearer',
      'basic',
      '--token',
      '://',
      '@',
      '=',
      ': ',
      ' ',
      '\n',
      '"',
      '\\',
      '{',
      '}',
      '?',
      '&',
      ',',
    ),
    fc.string({ maxLength: 12 }),
  );

  it('done twice is done once', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const once = redactText(pieces.join(''));
        expect(redactText(once)).toBe(once);
      }),
      { numRuns: 3_000 },
    );
  });

  it('leaves of anything at all a text that is well formed', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(() => void JSON.parse(redactText(text))).not.toThrow();
      }),
    );
  });

  it('does not hang on a long text, whichever pattern it begins like', () => {
    const begins = [
      ...plantedSecrets.map(({ text }) => text.slice(0, 12)),
      ...[
        'a@',
        'a://',
        '&=',
        'a.',
        'eyJ',
        'eyJaaaaaaaa.',
        'password=',
        'password="',
        'authorization:',
        'a://b:',
        '?token=',
        '&a',
        '--a',
        '-',
      ],
      ...[
        'bearer ',
        'basic ',
        '-----BEGIN PRIVATE KEY-----',
        'M',
        '0',
        'a',
        ' ',
        '\\',
        '[redacted:',
        '{"a":',
        '[',
        '%40',
        'token',
        'x-',
      ],
    ];
    for (const begin of begins) redactText(begin.repeat(Math.ceil(300_000 / begin.length)));
    for (const begin of begins) redactText(`@password ${begin}${'a'.repeat(300_000)}`);
  }, 60_000);

  it('finds in a short name what it finds in any text', () => {
    const begins = secretPatterns().map(({ hint }) => fc.stringMatching(new RegExp(`^(?:${hint})`)));
    const names = fc
      .tuple(
        fc.stringMatching(/^[a-z._-]{0,3}$/),
        fc.oneof(...begins),
        fc.stringMatching(/^[a-z0-9._-]{0,20}$/),
      )
      .map((parts) => parts.join('').slice(0, 24));
    fc.assert(
      fc.property(names, (name) => {
        expect(`${redactText(name)}\n`).toBe(redactText(`${name}\n`));
      }),
      { numRuns: 5_000 },
    );
  });

  it('has a hint for each pattern that is in all that it finds', () => {
    for (const { kind, hint, secret } of secretPatterns())
      for (const { text } of plantedSecrets.filter(
        (one) => one.kind === kind && one.text.search(secret) >= 0,
      ))
        expect(new RegExp(hint).test(text), kind).toBe(true);
  });
});

describe('a secret that is named in an odd way', () => {
  const secret = ['hunter', 'twenty', 'two'].join('-');
  it.each([
    ['a name with a place behind it', `DB_PASSWORD_PROD=${secret}`],
    ['a name with a number behind it', `password2: "${secret}"`],
    ['a quote within the value', `password="ab\\"${secret}"`],
    ['a key of a server', `SSH_KEY=${secret}`],
  ])('is taken out of a text: %s', (_, text) => {
    expect(redactText(text)).not.toContain(secret);
  });

  it.each([
    ['a pair of name and value', { name: 'DB_PASSWORD', value: secret }],
    ['a list of pairs', [{ key: 'api_key', value: secret }]],
    ['arguments of a command', ['login', '--password', secret]],
    ['a header as a list', [['Authorization', secret]]],
    ['a name with a place behind it', { DB_PASSWORD_PROD: secret, token_value: secret }],
  ])('is taken out of a value: %s', (_, value) => {
    expect(JSON.stringify(redactValue(value))).not.toContain(secret);
  });

  it('leaves names and values that name no secret', () => {
    const harmless = { name: 'region', value: 'eu-west-1', list: ['--model', 'claude-opus-4-8', 'tokens'] };
    expect(redactValue(harmless)).toBe(harmless);
  });
});
