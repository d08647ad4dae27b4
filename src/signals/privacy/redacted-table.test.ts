import { expect, it } from 'vitest';
import { readParquet } from '../../../tests/helpers/parquet.js';
import { plainWord } from '../../../tests/helpers/secrets.js';
import { redactedTable } from './redacted-table.js';

const token = ['gh', 'p_', 'a'.repeat(36)].join('');
const marker = '[redacted:github_token]';

it('a table of a backfill has each text redacted, repeated or not, and in lists', async () => {
  const table = redactedTable();
  const names = [token, token, 'a-name', token, 'a-name'];
  for (const name of names) table.add({ event_id: 'ab', name, models: ['opus', name], count: 1, none: null });
  table.add({ event_id: 'ab', name: 'b', models: ['--password', plainWord], count: 1, none: null });
  const rows = await readParquet(table.take());
  const shown = names.map((name) => (name === token ? marker : name));
  expect(rows).toEqual([
    ...shown.map((name) => ({ event_id: 'ab', name, models: ['opus', name], count: 1 })),
    { event_id: 'ab', name: 'b', models: ['--password', '[redacted:password]'], count: 1 },
  ]);
});

it('texts that do not repeat are redacted, too, in later files as well, and runs of one text keep it', async () => {
  const table = redactedTable();
  for (let file = 0; file < 2; file += 1) {
    const ids = Array.from({ length: 3_000 }, (_, n) =>
      n % 1_000 === 999 ? `use ${token} ${n}` : `id-${n}`,
    );
    const all = ids.flatMap((id, n) => (n % 500 === 499 ? [id, id, id] : [id]));
    for (const id of all) table.add({ id });
    const rows = await readParquet(table.take());
    expect(rows.map(({ id }) => id)).toEqual(all.map((id) => id.replace(token, marker)));
  }
});
