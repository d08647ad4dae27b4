import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { capturesFolder } from '../../../tests/helpers/captures.js';
import { plainWord, plantedSecrets } from '../../../tests/helpers/secrets.js';
import { closedColumns } from '../../datasources/closed-columns.js';
import { readExport, type Signal } from '../otel/export.js';
import { redactColumns, redacted } from './redacted-row.js';

const token = ['gh', 'p_', 'a'.repeat(36)].join('');

describe('closed columns', () => {
  it.each(Object.entries(closedColumns))('%s has only letters that cannot contain a secret', (_, letters) => {
    const secrets = [...plantedSecrets.map(({ secret }) => secret), plainWord, 'two words', 'a@b', 'a='];
    expect(secrets.filter((secret) => letters.test(secret))).toEqual([]);
  });

  it('a closed column never contains a text that a program sent, in whichever field', () => {
    const folder = join(capturesFolder, 'otlp');
    const rows = readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .flatMap((name) => {
        const signal = name.replace(/^\d+-(\w+)\..*$/, '$1') as Signal;
        const planted = JSON.stringify(
          JSON.parse(readFileSync(join(folder, name), 'utf8')),
          (key, value: unknown) =>
            typeof value === 'string' &&
            !/^(?:key|timeUnixNano|startTimeUnixNano|endTimeUnixNano|observedTimeUnixNano|intValue)$/.test(
              key,
            )
              ? plainWord
              : value,
        );
        const recorder = { device: 'test', privacyTier: 1, origin: 'live' } as const;
        const read = readExport(signal, 'json', Buffer.from(planted), {
          recorder,
          projectOf: () => 'shop-1',
        });
        return 'problem' in read ? [] : read.records;
      });
    expect(rows).toHaveLength(287);
    const letters = new Map<string, RegExp>(Object.entries(closedColumns));
    const odd = rows.flatMap(({ table, row }) =>
      Object.entries(row).flatMap(([name, value]) =>
        typeof value === 'string' && letters.get(name)?.test(value) === false
          ? [`${table}.${name}: ${value}`]
          : [],
      ),
    );
    expect(odd).toEqual([]);
  });
});

describe('redaction of a row', () => {
  it('columns without a closed list of values are redacted, whatever the previous row contained', () => {
    const rows = [token, 'a-name', token, 'a-name'].map((text) =>
      redacted({ table: 'any', row: { session_id: text, skill_name: text, input_tokens: 5, none: null } }),
    );
    expect(rows.map(({ row }) => row.session_id)).toEqual([
      '[redacted:github_token]',
      'a-name',
      '[redacted:github_token]',
      'a-name',
    ]);
    expect(rows[2]?.row).toEqual({
      session_id: '[redacted:github_token]',
      skill_name: '[redacted:github_token]',
      input_tokens: 5,
      none: null,
    });
  });

  it('columns are redacted whatever their number and names', () => {
    const row = Object.fromEntries(
      Array.from({ length: 500 }, (_, index) => [`name${index}`, `use ${token}`]),
    );
    for (let round = 0; round < 2; round += 1)
      expect(new Set(Object.values(redactColumns({ ...row })))).toEqual(
        new Set(['use [redacted:github_token]']),
      );
  });
});
