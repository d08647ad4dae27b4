import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  furtherSecrets,
  keyLines,
  plainWord,
  plantedSecrets,
  secretNames,
  secretsInContext,
} from '../../../tests/helpers/secrets.js';
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

const allSecrets = [...plantedSecrets, ...furtherSecrets];

describe('a planted secret', () => {
  it.each(allSecrets)('of kind $kind is found alone, and named', ({ kind, text, secret }) => {
    const redacted = redactText(text);
    expect(redacted).not.toContain(secret);
    expect(mark.exec(redacted)?.[1]).toBe(kind);
  });

  it('is found in whatever it stands in', () => {
    const found = allSecrets.flatMap(({ kind, text, secret }) =>
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

  it('is there for every pattern', () => {
    const planted = new Set(allSecrets.map(({ kind }) => kind));
    expect(secretPatterns().filter(({ kind }) => !planted.has(kind))).toEqual([]);
  });

  it('is found within a word', () => {
    const alone = [
      'dropbox_token',
      'mapbox_token',
      'okta_token',
      'clickhouse_key',
      'azure_key',
      'asana_token',
      'basic',
      'bearer',
    ];
    const glued = allSecrets.filter(({ kind, text, secret }) => text === secret && !alone.includes(kind));
    const found = glued.filter(({ text, secret }) => redactText(`TOK${text}`).includes(secret));
    expect(found.map(({ kind }) => kind)).toEqual([]);
  });

  it('leaves no trace that differs from secret to secret', () => {
    const one = joinedToken('a');
    const other = joinedToken('b');
    expect(redactText(`use ${one}`)).toBe(redactText(`use ${other}`));
  });
});

function joinedToken(letter: string): string {
  return ['gh', 'p_', letter.repeat(36)].join('');
}

describe('a password', () => {
  it.each(secretsInContext)('is taken out of %s', (_, text) => {
    expect(redactText(text)).not.toContain(plainWord);
    expect(redactText(`before ${text}`.replace('before - ', '- '))).toContain('[redacted:');
  });

  it.each(secretsInContext)('is taken out of %s, within JSON that is whole, nested or cut off', (_, text) => {
    const json = JSON.stringify({ a: [{ b: text }] });
    for (const one of [json, JSON.stringify({ inner: json }), `log: ${json}`, `log: ${json.slice(0, -4)}`])
      expect(redactText(one), one).not.toContain(plainWord);
  });

  it('is taken out of the arguments of a command that are a list', () => {
    const commands = [
      ['mysql', `-p${plainWord}`],
      ['curl', '-u', `me:${plainWord}`],
      ['sshpass', '-p', plainWord, 'ssh', 'x'],
      ['docker', 'login', '-p', plainWord],
      ['deploy', '--token', plainWord],
    ];
    expect(JSON.stringify(redactValue({ commands }))).not.toContain(plainWord);
  });

  it.each([3, 5])('of %i letters is taken out behind and below its name', (length) => {
    const short = plainWord.slice(0, length);
    expect(redactText(`pwd=${short}`)).toBe('pwd=[redacted:password]');
    expect(redactValue({ password: short })).toEqual({ password: '[redacted:password]' });
  });

  it('that is a number is taken out below its name', () => {
    const numbers = { password: 12345678, pin_code: 471, token: 123456, api_key: 99 };
    expect(redactValue(numbers)).toEqual({
      password: '[redacted:password]',
      pin_code: '[redacted:password]',
      token: '[redacted:token]',
      api_key: '[redacted:api_key]',
    });
    expect(redactText('{"password": 12345678}')).toBe('{"password":"[redacted:password]"}');
  });

  it('stays redacted once: a second look changes nothing', () => {
    for (const [, text] of secretsInContext) {
      const once = redactText(text);
      expect(redactText(once)).toBe(once);
    }
  });
});

describe('a private key', () => {
  const within = keyLines[2] ?? '';
  it.each([
    ['a list of lines', keyLines],
    ['a list of objects', keyLines.map((line) => ({ line }))],
    ['members', Object.fromEntries(keyLines.map((line, index) => [`line${index}`, line]))],
    ['a JSON Web Key', { kty: 'RSA', n: 'x', d: within }],
  ])('is taken out of %s', (_, value) => {
    expect(JSON.stringify(redactValue(value))).not.toContain(within);
    expect(redactText(JSON.stringify({ value }))).not.toContain(within);
  });

  it('that ended leaves the texts behind it', () => {
    expect(redactValue([...keyLines, 'a word'])).toEqual([
      ...Array<string>(4).fill('[redacted:private_key]'),
      'a word',
    ]);
  });

  it('whose end was cut off leaves the members beside its list', () => {
    const value = { lines: keyLines.slice(0, 2), at: '2026-11-20 10:49:32.514' };
    expect(redactValue(value)).toMatchObject({ at: value.at });
  });

  it('is taken out of Base64', () => {
    const key = Buffer.from(keyLines.join('\n')).toString('base64');
    expect(redactText(`x: ${key}`)).toBe('x: [redacted:private_key]');
    expect(redactText(key.replace(/.{76}/g, '$&\n'))).toBe('[redacted:private_key]');
  });
});

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
    'fix(auth): handle expired tokens',
    'add token refresh to the login form',
    'set password rules',
    'reset the password flow',
    'the login form password validation',
    'the password is required',
    'the token is expired',
    'Token::new(x)',
    'token => token.id',
    'cat secret | base64 -d',
    'echo $TOKEN | wc',
    'password: string',
    'secrets: inherit',
    'docker run -u 1000:1000 -p 8080:80 x',
    'ssh -p 22 host',
    'git push -u origin main',
    'http://localhost:4873/@scope/pkg',
    'src/hooks/useAuthenticationProvider.ts',
    'src/a.ts:12:34:error:message',
    'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    'grep -rn "password" src',
    'const { token } = props;',
    'passed: 12, failed: 3, pass: 12',
    '{"pass":12,"fail":0}',
    'which secret kinds are there?',
    'task-runner-with-a-very-long-name',
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
        expect(redactText(name).trimEnd()).toBe(redactText(`${name}\n`).trimEnd());
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
