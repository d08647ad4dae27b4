import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  furtherSecrets,
  keyLines,
  ordinaryTexts,
  plainWord,
  plantedSecrets,
  secretNames,
  secretsInContext,
} from '../../../tests/helpers/secrets.js';
import { redactText, redactValue } from './redact-text.js';
import { secretPatterns } from './secret-patterns.js';

const mark = /\[redacted:([a-z_]+)\]/;

/** Texts that surround a secret. */
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
  // Cut off, so that it is no longer valid JSON.
  (text) => JSON.stringify({ a: `see\n${text}`, b: 'more' }).slice(0, -1),
];

const allSecrets = [...plantedSecrets, ...furtherSecrets];

describe('planted secrets', () => {
  it.each(allSecrets)(
    'a secret of kind $kind is found alone, and its kind is named',
    ({ kind, text, secret }) => {
      const redacted = redactText(text);
      expect(redacted).not.toContain(secret);
      expect(mark.exec(redacted)?.[1]).toBe(kind);
    },
  );

  it('a secret is found in whatever surrounds it', () => {
    const found = allSecrets.flatMap(({ kind, text, secret }) =>
      surroundings.flatMap((surround, index) =>
        redactText(surround(text)).includes(secret) ? [`${kind} in ${index}`] : [],
      ),
    );
    expect(found).toEqual([]);
  });

  it('a secret is found in a long text, after 100,000 letters', () => {
    const long = 'lorem ipsum dolor '.repeat(6_000);
    for (const { text, secret } of plantedSecrets)
      expect(redactText(`${long}${text} ${long}`)).not.toContain(secret);
  }, 30_000);

  it('every pattern has a planted secret', () => {
    const planted = new Set(allSecrets.map(({ kind }) => kind));
    expect(secretPatterns().filter(({ kind }) => !planted.has(kind))).toEqual([]);
  });

  it('a secret is found within a word', () => {
    const alone = [
      'dropbox_token',
      'mapbox_token',
      'okta_token',
      'clickhouse_key',
      'azure_key',
      'azure_devops_token',
      'asana_token',
      'basic',
      'bearer',
    ];
    const glued = allSecrets.filter(({ kind, text, secret }) => text === secret && !alone.includes(kind));
    const found = glued.filter(({ text, secret }) => redactText(`TOK${text}`).includes(secret));
    expect(found.map(({ kind }) => kind)).toEqual([]);
  });

  it('the result does not depend on the secret', () => {
    const one = joinedToken('a');
    const other = joinedToken('b');
    expect(redactText(`use ${one}`)).toBe(redactText(`use ${other}`));
  });
});

function joinedToken(letter: string): string {
  return ['gh', 'p_', letter.repeat(36)].join('');
}

describe('passwords', () => {
  it.each(secretsInContext)('a password is redacted in %s', (_, text) => {
    expect(redactText(text)).not.toContain(plainWord);
    expect(redactText(`before ${text}`.replace('before - ', '- '))).toContain('[redacted:');
  });

  it.each(secretsInContext)(
    'a password is redacted in %s, within complete, nested or incomplete JSON',
    (_, text) => {
      const json = JSON.stringify({ a: [{ b: text }] });
      for (const one of [json, JSON.stringify({ inner: json }), `log: ${json}`, `log: ${json.slice(0, -4)}`])
        expect(redactText(one), one).not.toContain(plainWord);
    },
  );

  it('a password is redacted in the arguments of a command that are a list', () => {
    const commands = [
      ['mysql', `-p${plainWord}`],
      ['curl', '-u', `me:${plainWord}`],
      ['sshpass', '-p', plainWord, 'ssh', 'x'],
      ['docker', 'login', '-p', plainWord],
      ['deploy', '--token', plainWord],
    ];
    expect(JSON.stringify(redactValue({ commands }))).not.toContain(plainWord);
  });

  it.each([3, 5])('a password of %i letters is redacted after and under its name', (length) => {
    const short = plainWord.slice(0, length);
    expect(redactText(`pwd=${short}`)).toBe('pwd=[redacted:password]');
    expect(redactValue({ password: short })).toEqual({ password: '[redacted:password]' });
  });

  it('a password that is a number is redacted under its name', () => {
    const numbers = { password: 12345678, pin_code: 471, token: 123456, api_key: 99 };
    expect(redactValue(numbers)).toEqual({
      password: '[redacted:password]',
      pin_code: '[redacted:password]',
      token: '[redacted:token]',
      api_key: '[redacted:api_key]',
    });
    expect(redactText('{"password": 12345678}')).toBe('{"password":"[redacted:password]"}');
  });

  it('redacting a second time changes nothing', () => {
    for (const [, text] of secretsInContext) {
      const once = redactText(text);
      expect(redactText(once)).toBe(once);
    }
  });
});

describe('private keys', () => {
  const within = keyLines[2] ?? '';
  it.each([
    ['a list of lines', keyLines],
    ['a list of objects', keyLines.map((line) => ({ line }))],
    ['members', Object.fromEntries(keyLines.map((line, index) => [`line${index}`, line]))],
    ['a JSON Web Key', { kty: 'RSA', n: 'x', d: within }],
  ])('a private key is redacted in %s', (_, value) => {
    expect(JSON.stringify(redactValue(value))).not.toContain(within);
    expect(redactText(JSON.stringify({ value }))).not.toContain(within);
  });

  it('texts after a complete private key are kept', () => {
    expect(redactValue([...keyLines, 'a word'])).toEqual([
      ...Array<string>(4).fill('[redacted:private_key]'),
      'a word',
    ]);
  });

  it('a list with an incomplete private key does not affect the members next to it', () => {
    const value = { lines: keyLines.slice(0, 2), at: '2026-11-20 10:49:32.514' };
    expect(redactValue(value)).toMatchObject({ at: value.at });
  });

  it.each(['password=ab', 'token=abcdef12', 'PASSWORD: x1y2', 'api_key=abc123', 'pass=abc123'])(
    'a short secret is redacted in Base64, whatever is before it and with or without its end: %s',
    (secret) => {
      const full = Buffer.from(secret).toString('base64');
      for (const letters of [full, full.replace(/=+$/, ''), Buffer.from(secret).toString('base64url')])
        for (const before of ['', 'a-', 'v2_', 'abc', 'x/', 'note:', 'n.'])
          expect(redactText(`${before}${letters}`)).not.toContain(letters);
    },
  );

  it('a private key is redacted in Base64', () => {
    const key = Buffer.from(keyLines.join('\n')).toString('base64');
    expect(redactText(`x: ${key}`)).toBe('x: [redacted:private_key]');
    expect(redactText(key.replace(/.{76}/g, '$&\n'))).toBe('[redacted:private_key]');
  });
});

describe('values under the name of a secret', () => {
  it.each(secretNames)('the value of %s is redacted', (name) => {
    const redacted = JSON.stringify(redactValue({ [name]: plainWord, other: 'stays' }));
    expect(redacted).not.toContain(plainWord);
    expect(redacted).toContain('[redacted:');
    expect(redacted).toContain('"other":"stays"');
  });

  it.each(secretNames)('the value of %s is redacted in JSON text and in an assignment', (name) => {
    const texts = [
      JSON.stringify({ deep: [{ [name]: plainWord }] }),
      JSON.stringify({ deep: [{ [name]: plainWord }] }).slice(0, -2),
      `${name}=${plainWord}`,
      `${name}: ${plainWord}`,
      `"${name}": "${plainWord}"`,
    ];
    for (const text of texts) expect(redactText(text), text).not.toContain(plainWord);
  });

  it('the value is redacted at any depth', () => {
    expect(redactValue({ credentials: { of: [{ any: plainWord }] } })).toEqual({
      credentials: { of: [{ any: '[redacted:credentials]' }] },
    });
  });

  it('counts, flags and empty values are kept', () => {
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
  ])('the value of %s is kept', (name) => {
    const value = { [name]: 'a-plain-word' };
    expect(redactValue(value)).toBe(value);
  });
});

describe('arguments of a command', () => {
  it('an argument after the name of a secret is redacted', () => {
    expect(redactText('deploy --api-token plantedword --fast')).toBe(
      'deploy --api-token [redacted:token] --fast',
    );
    expect(redactText("curl -H 'Cookie: a=b; c=d' x")).toBe("curl -H 'Cookie: [redacted:cookie]' x");
    expect(redactText('git clone https://me:pl@nted/x@host/y')).not.toContain('pl@nted');
  });
});

const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));
const base62 = (length: number) => fc.stringMatching(new RegExp(`^[A-Za-z0-9]{${length}}$`));
// `xoxa-…` would be the beginning of a Slack token, also behind other letters, and `gldt-…` that of one of GitLab.
const word = fc.stringMatching(/^[a-z]{2,10}$/).filter((text) => !/(?:xox[a-z]|gl[a-z]{2,5})$/.test(text));
const named = (prefix: string, id: fc.Arbitrary<string>) => id.map((text) => `${prefix}${text}`);

describe('texts that contain no secret', () => {
  it('ids, hashes, times, names and paths of sessions are kept', () => {
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
    ...ordinaryTexts,
  ])('a text without a secret is kept: %s', (text) => {
    expect(redactText(text)).toBe(text);
  });
});

describe('redaction of any text', () => {
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

  it('redacting twice gives the same result as once', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const once = redactText(pieces.join(''));
        expect(redactText(once)).toBe(once);
      }),
      { numRuns: 3_000 },
    );
  });

  it('the result is a well-formed string for any input', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(() => void JSON.parse(redactText(text))).not.toThrow();
      }),
    );
  });

  it('a long text does not hang, whichever pattern it resembles', () => {
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

  it('a short name gives the same result as within any text', () => {
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

  it('the hint of each pattern is in everything that the pattern finds', () => {
    for (const { kind, hint, secret } of secretPatterns())
      for (const { text } of plantedSecrets.filter(
        (one) => one.kind === kind && one.text.search(secret) >= 0,
      ))
        expect(new RegExp(hint).test(text), kind).toBe(true);
  });
});

describe('secrets with unusual names', () => {
  const secret = ['hunter', 'twenty', 'two'].join('-');
  it.each([
    ['a name with a place behind it', `DB_PASSWORD_PROD=${secret}`],
    ['a name with a number behind it', `password2: "${secret}"`],
    ['a quote within the value', `password="ab\\"${secret}"`],
    ['a key of a server', `SSH_KEY=${secret}`],
  ])('a secret is redacted in a text: %s', (_, text) => {
    expect(redactText(text)).not.toContain(secret);
  });

  it.each([
    ['a pair of name and value', { name: 'DB_PASSWORD', value: secret }],
    ['a list of pairs', [{ key: 'api_key', value: secret }]],
    ['arguments of a command', ['login', '--password', secret]],
    ['a header as a list', [['Authorization', secret]]],
    ['a name with a place behind it', { DB_PASSWORD_PROD: secret, token_value: secret }],
  ])('a secret is redacted in a value: %s', (_, value) => {
    expect(JSON.stringify(redactValue(value))).not.toContain(secret);
  });

  it('names and values that do not name a secret are kept', () => {
    const harmless = { name: 'region', value: 'eu-west-1', list: ['--model', 'claude-opus-4-8', 'tokens'] };
    expect(redactValue(harmless)).toBe(harmless);
  });
});
