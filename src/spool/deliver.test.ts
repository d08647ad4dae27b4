import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AppendOutcome, IngestOutcome, SqlOptions } from '../store/client-types.js';
import { redacted, type RedactedRow } from '../signals/privacy/redacted-row.js';
import { StoreError, type StoreErrorKind } from '../store/store-error.js';
import { batches, deliver } from './deliver.js';
import type { RowStore } from './row-store.js';
import { Spool, type SpooledRow } from './spool.js';

let folder: string;
let spool: Spool;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atel-deliver-'));
  spool = new Spool(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

type Row = SpooledRow['row'];

const row = (id: string | number, table = 'telemetry_events'): RedactedRow<SpooledRow> =>
  redacted({ table, row: { event_id: String(id) } });
const rows = (from: number, to: number, table?: string) =>
  Array.from({ length: to - from + 1 }, (_, n) => row(from + n, table));
const idsOf = (some: readonly Row[]) => some.map((one) => one.event_id);
const failure = (kind: StoreErrorKind, status: number | null = null, message = `${kind}!`) =>
  new StoreError(kind, message, status, null);

/** A store in memory. `refuse` may throw, or say which rows of a request are quarantined. */
class MemoryStore implements RowStore {
  /** Every request, as the ids of its rows. */
  readonly requests: unknown[][] = [];
  readonly tables: string[] = [];
  readonly stored = new Set<unknown>();
  refuse: (batch: Row[], table: string) => unknown[] = () => [];
  quarantine: (token: 'append' | 'read') => Promise<Row[]> = () => Promise.resolve([]);
  asked: string[] = [];

  ingest(table: string, batch: Row[]): Promise<IngestOutcome> {
    this.requests.push(idsOf(batch));
    this.tables.push(table);
    return Promise.resolve().then(() => {
      const quarantined = this.refuse(batch, table);
      for (const id of idsOf(batch)) if (!quarantined.includes(id)) this.stored.add(id);
      return { successful_rows: batch.length - quarantined.length, quarantined_rows: quarantined.length };
    });
  }

  /** Every file, as its table and its text. */
  readonly files: string[] = [];
  takeFile: (table: string) => AppendOutcome = () => ({ successful_rows: null, quarantined_rows: 0 });

  append(table: string, file: Uint8Array): Promise<AppendOutcome> {
    this.files.push(`${table}: ${Buffer.from(file).toString()}`);
    return Promise.resolve().then(() => this.takeFile(table));
  }

  sql(query: string, { token = 'read' }: SqlOptions = {}): Promise<Row[]> {
    this.asked.push(query);
    return this.quarantine(token);
  }
}

describe('a store that takes everything', () => {
  it('every segment is sent once, oldest first, and the spool is empty afterwards', async () => {
    await spool.append([row(1), row(2)]);
    await spool.append([row(3)]);
    const store = new MemoryStore();
    await expect(deliver(spool, store)).resolves.toMatchObject({ stored: 3, buried: 0, stopped: null });
    expect(store.requests).toEqual([['1', '2'], ['3']]);
    await expect(spool.state()).resolves.toMatchObject({ segments: 0, deadLetters: 0 });
  });

  it('each table of a store gets its own rows', async () => {
    await spool.append([row(1, 'api_requests'), row(2, 'telemetry_events'), row(3, 'api_requests')]);
    const store = new MemoryStore();
    await deliver(spool, store);
    expect(store.tables).toEqual(['api_requests', 'telemetry_events']);
    expect(store.requests).toEqual([['1', '3'], ['2']]);
  });

  it('an empty spool makes no request', async () => {
    const store = new MemoryStore();
    await expect(deliver(spool, store)).resolves.toMatchObject({ stored: 0, buried: 0, stopped: null });
    expect(store.requests).toEqual([]);
  });

  it('the rows beside a damaged record are sent, and the record is kept aside', async () => {
    await spool.append(rows(1, 3));
    const [name] = await spool.waiting();
    const file = join(folder, 'segments', name!);
    const text = await readFile(file, 'utf8');
    // Another table whose name has the same length.
    await writeFile(
      file,
      text.replace('telemetry_events","row":{"event_id":"2', 'telemetry_eventz","row":{"event_id":"2'),
    );
    const store = new MemoryStore();
    await expect(deliver(spool, store)).resolves.toMatchObject({ stored: 2, stopped: null });
    expect(store.requests).toEqual([['1', '3']]);
    await expect(spool.state()).resolves.toMatchObject({ segments: 0, deadLetters: 0, damaged: 1 });
  });

  it('later segments are sent even if another delivery has taken the first', async () => {
    await spool.append([row(1)]);
    await spool.append([row(2)]);
    const [first, second] = await spool.waiting();
    class Raced extends Spool {
      override async waiting() {
        await this.remove(first!);
        return [first!, second!];
      }
    }
    const store = new MemoryStore();
    await expect(deliver(new Raced(folder), store)).resolves.toMatchObject({
      stored: 1,
      buried: 0,
      stopped: null,
    });
    expect(store.requests).toEqual([['2']]);
  });
});

describe('a row of a newer version', () => {
  it('a row of a newer version is kept as a dead letter and not sent, and the others are stored', async () => {
    const newer = redacted({ table: 'telemetry_events', row: { event_id: 'n', schema_version: 2, more: 1 } });
    await spool.append([...rows(1, 2), newer]);
    const store = new MemoryStore();
    await expect(deliver(spool, store)).resolves.toMatchObject({ stored: 2, buried: 1, stopped: null });
    expect(store.requests).toEqual([['1', '2']]);
    await expect(spool.deadLetters()).resolves.toMatchObject([
      {
        ...newer,
        reason:
          'written by a newer version of atel than this one, which knows layout 1: update atel, then atel dead replay',
      },
    ]);
    await expect(spool.waiting()).resolves.toEqual([]);
  });
});

describe('a Parquet file of a newer version', () => {
  it('it is kept as a dead letter of all its rows, not sent, and can be replayed', async () => {
    const name = await spool.putFile('api_requests', Buffer.from('PAR1'), 7);
    const newer = name.replace('.parquet', '.v2.parquet');
    await rename(join(folder, 'segments', name), join(folder, 'segments', newer));
    const store = new MemoryStore();
    await expect(deliver(spool, store)).resolves.toMatchObject({ stored: 0, buried: 7, stopped: null });
    expect(store.files).toEqual([]);
    await expect(spool.deadLetters()).resolves.toMatchObject([
      {
        table: 'api_requests',
        rows: 7,
        reason: expect.stringContaining('written by a newer version of atel') as string,
      },
    ]);
    await expect(spool.state()).resolves.toMatchObject({ deadLetters: 7, damaged: 0, segments: 0 });
    await expect(spool.replayDeadLetters()).resolves.toBe(7);
    await expect(spool.waiting()).resolves.toEqual([newer]);
  });
});

describe('a row that is quarantined', () => {
  it('a quarantined row is set aside alone, with the reason of the table, and the rest is stored', async () => {
    await spool.append(rows(1, 5));
    const store = new MemoryStore();
    store.refuse = (batch) => idsOf(batch).filter((id) => id === '4');
    store.quarantine = () => Promise.resolve([{ reason: "value 'x' cannot be parsed" }]);

    await expect(deliver(spool, store)).resolves.toMatchObject({ stored: 4, buried: 1, stopped: null });

    // Batches are halved with the larger half first: 5 → 3 + 2, and 4, 5 → 4 | 5.
    expect(store.requests).toEqual([['1', '2', '3', '4', '5'], ['1', '2', '3'], ['4', '5'], ['4'], ['5']]);
    expect([...store.stored].sort()).toEqual(['1', '2', '3', '5']);
    await expect(spool.deadLetters()).resolves.toMatchObject([
      { ...row(4), reason: "quarantined: value 'x' cannot be parsed" },
    ]);
    expect(store.asked).toHaveLength(1);
    expect(store.asked[0]).toContain('FROM telemetry_events_quarantine');
    await expect(spool.waiting()).resolves.toEqual([]);
  });

  it.each(['append', 'read'] as const)(
    'the reason of a quarantined row is found if only the %s token may read the quarantine',
    async (allowed) => {
      await spool.append([row(1)]);
      const store = new MemoryStore();
      store.refuse = idsOf;
      store.quarantine = (token) =>
        token === allowed
          ? Promise.resolve([{ reason: `as ${token}` }])
          : Promise.reject(failure('unauthorized', 403));
      await deliver(spool, store);
      await expect(spool.deadLetters()).resolves.toMatchObject([
        { ...row(1), reason: `quarantined: as ${allowed}` },
      ]);
    },
  );

  it('the reason of a quarantined row is asked for once if the store is gone', async () => {
    await spool.append([row(1)]);
    const store = new MemoryStore();
    store.refuse = idsOf;
    store.quarantine = () => Promise.reject(failure('timeout'));
    await deliver(spool, store);
    expect(store.asked).toHaveLength(1);
  });

  it.each<[string, () => Promise<Row[]>]>([
    ['neither token may read', () => Promise.reject(failure('unauthorized', 403))],
    ['the quarantine is empty', () => Promise.resolve([])],
    ['there is no reason', () => Promise.resolve([{ reason: '' }])],
  ])('a quarantined row is set aside even if %s', async (_, quarantine) => {
    await spool.append([row(1)]);
    const store = new MemoryStore();
    store.refuse = idsOf;
    store.quarantine = quarantine;
    await expect(deliver(spool, store)).resolves.toMatchObject({ stored: 0, buried: 1, stopped: null });
    await expect(spool.deadLetters()).resolves.toMatchObject([
      { ...row(1), reason: 'quarantined by Tinybird' },
    ]);
  });
});

describe('a rejected batch', () => {
  it.each([400, 413, 422])(
    'a batch rejected with %i is halved down to the bad row, which is set aside with the reason of the store',
    async (status) => {
      await spool.append(rows(1, 4));
      const store = new MemoryStore();
      store.refuse = (batch) => {
        if (idsOf(batch).includes('3')) throw failure('rejected', status, `answered ${status}: bad row`);
        return [];
      };
      await expect(deliver(spool, store)).resolves.toMatchObject({ stored: 3, buried: 1, stopped: null });
      expect(store.requests).toEqual([['1', '2', '3', '4'], ['1', '2'], ['3', '4'], ['3'], ['4']]);
      await expect(spool.deadLetters()).resolves.toMatchObject([
        { ...row(3), reason: `answered ${status}: bad row` },
      ]);
    },
  );

  it('a batch that is rejected for its size is stored in halves, and nothing is set aside', async () => {
    await spool.append(rows(1, 8));
    const store = new MemoryStore();
    store.refuse = (batch) => {
      if (batch.length > 2) throw failure('rejected', 413);
      return [];
    };
    await expect(deliver(spool, store)).resolves.toMatchObject({ stored: 8, buried: 0, stopped: null });
    expect(store.stored.size).toBe(8);
    await expect(spool.deadLetters()).resolves.toEqual([]);
  });

  it('a rejected batch loses no good row, whichever rows are bad', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }), async (isBad) => {
        const own = new Spool(await mkdtemp(join(folder, 'case-')));
        await own.append(isBad.map((_, id) => row(id)));
        const bad = isBad.flatMap((is, id) => (is ? [String(id)] : []));
        const store = new MemoryStore();
        store.refuse = (batch) => idsOf(batch).filter((id) => bad.includes(String(id)));
        const delivery = await deliver(own, store);
        expect(delivery).toMatchObject({
          stored: isBad.length - bad.length,
          buried: bad.length,
          stopped: null,
        });
        expect(idsOf((await own.deadLetters()).map((letter) => letter.row)).sort()).toEqual([...bad].sort());
        expect(store.stored.size).toBe(isBad.length - bad.length);
        expect(await own.waiting()).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });
});

describe('an outage', () => {
  it.each<[StoreErrorKind, number | null]>([
    ['network', null],
    ['rate_limited', 429],
  ])('an outage (%s) keeps every row, sets none aside and ends the delivery', async (kind, status) => {
    await spool.append([row(1, 'api_requests'), row(2), row(3, 'skill_activations')]);
    await spool.append([row(4)]);
    const store = new MemoryStore();
    const outage = failure(kind, status);
    store.refuse = () => {
      throw outage;
    };
    const delivery = await deliver(spool, store);
    expect(delivery).toMatchObject({
      stored: 0,
      buried: 0,
      stopped: outage,
      refused: new Map(),
      skipped: new Set(),
    });
    expect(store.requests).toHaveLength(1);
    await expect(spool.state()).resolves.toMatchObject({ segments: 2, deadLetters: 0, dropped: 0 });
  });

  it('an outage in the middle of a segment keeps the whole segment for the next delivery', async () => {
    await spool.append([row(1, 'api_requests'), row(2, 'telemetry_events'), row(3, 'skill_activations')]);
    const store = new MemoryStore();
    store.refuse = (_, table) => {
      if (table === 'telemetry_events') throw failure('network');
      return [];
    };
    await expect(deliver(spool, store)).resolves.toMatchObject({ stored: 1, stopped: { kind: 'network' } });
    await expect(spool.state()).resolves.toMatchObject({ segments: 1 });

    store.refuse = () => [];
    await expect(deliver(spool, store)).resolves.toMatchObject({ stored: 3, buried: 0, stopped: null });
    // At least once: the first row is sent twice, none is missing.
    expect(store.requests).toEqual([['1'], ['2'], ['1'], ['2'], ['3']]);
    expect(store.stored).toEqual(new Set(['1', '2', '3']));
    await expect(spool.waiting()).resolves.toEqual([]);
  });

  it('an outage after some segments were stored keeps only the later ones', async () => {
    await spool.append([row(1)]);
    await spool.append([row(2)]);
    const store = new MemoryStore();
    store.refuse = (batch) => {
      if (idsOf(batch).includes('2')) throw failure('network');
      return [];
    };
    await expect(deliver(spool, store)).resolves.toMatchObject({ stored: 1, stopped: { kind: 'network' } });
    const [left, ...others] = await spool.waiting();
    expect(others).toEqual([]);
    await expect(spool.read(left!)).resolves.toMatchObject({ rows: [row(2)] });
  });

  it('an outage while a bad row is being isolated sets aside no row that is not known to be bad', async () => {
    await spool.append(rows(1, 4));
    const store = new MemoryStore();
    store.refuse = (batch) => {
      if (batch.length === 4) throw failure('rejected', 400);
      throw failure('network');
    };
    await expect(deliver(spool, store)).resolves.toMatchObject({
      stored: 0,
      buried: 0,
      stopped: { kind: 'network' },
    });
    await expect(spool.state()).resolves.toMatchObject({ segments: 1, deadLetters: 0 });
  });
});

/** Answers that a store can give for one table while it takes the rows of others. */
const refusals: [StoreErrorKind, number | null][] = [
  ['unauthorized', 401],
  ['unauthorized', 403],
  ['not_found', 404],
  ['unavailable', 500],
  ['unavailable', 503],
  ['unavailable', 402],
  ['unavailable', 409],
  ['unavailable', 302],
  ['timeout', null],
  ['bad_response', 200],
];

describe('a table that is refused', () => {
  it.each(refusals)(
    'a refused table (%s, %s) keeps its rows, and others are delivered',
    async (kind, status) => {
      await spool.append([row(1, 'bad'), row(2, 'good'), row(3, 'bad'), row(4, 'other')]);
      await spool.append([row(5, 'bad')]);
      await spool.append([row(6, 'good'), row(7, 'bad')]);
      const store = new MemoryStore();
      const wrong = failure(kind, status);
      store.refuse = (_, table) => {
        if (table === 'bad') throw wrong;
        return [];
      };
      await expect(deliver(spool, store)).resolves.toMatchObject({
        stored: 3,
        buried: 0,
        stopped: null,
        refused: new Map([['bad', wrong]]),
        skipped: new Set(),
      });
      // The table is tried once in the whole delivery, however many of its rows wait.
      expect(store.tables.filter((table) => table === 'bad')).toHaveLength(1);
      expect(store.stored).toEqual(new Set(['2', '4', '6']));
      await expect(spool.state()).resolves.toMatchObject({ segments: 3, deadLetters: 0 });

      store.refuse = () => [];
      store.requests.length = 0;
      await expect(deliver(spool, store)).resolves.toMatchObject({ stored: 4, stopped: null });
      expect(store.requests).toEqual([['1', '3'], ['5'], ['7']]);
      await expect(spool.state()).resolves.toMatchObject({ segments: 0, deadLetters: 0, damaged: 0 });
    },
  );

  it('a refused table is not tried before its pause is over, and its rows wait', async () => {
    await spool.append([row(1, 'bad'), row(2, 'good')]);
    await spool.putFile('bad', Buffer.from('file'), 10);
    const store = new MemoryStore();
    await expect(deliver(spool, store, (table) => table !== 'bad')).resolves.toMatchObject({
      stored: 1,
      buried: 0,
      stopped: null,
      refused: new Map(),
      skipped: new Set(['bad']),
    });
    expect(store.tables).toEqual(['good']);
    expect(store.files).toEqual([]);
    await expect(spool.state()).resolves.toMatchObject({ segments: 2 });
  });

  it('a table that is refused halfway keeps its unsent rows, and the other tables keep none', async () => {
    await spool.append([...rows(1, 6_000, 'bad'), row('x', 'good')]);
    const store = new MemoryStore();
    store.refuse = (batch) => {
      if (idsOf(batch).includes('6000')) throw failure('unavailable', 503);
      return [];
    };
    await expect(deliver(spool, store)).resolves.toMatchObject({ stored: 5_001 });
    const [left] = await spool.waiting();
    await expect(spool.read(left!)).resolves.toMatchObject({ rows: rows(5_001, 6_000, 'bad') });
  });

  it('no row is lost or reordered, whichever tables are refused, over many deliveries', async () => {
    const table = fc.constantFrom('a', 'b', 'c');
    const steps = fc.array(
      fc.record({ appended: fc.array(table, { maxLength: 5 }), refused: fc.uniqueArray(table) }),
      { minLength: 1, maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const own = new Spool(await mkdtemp(join(folder, 'case-')));
        const store = new MemoryStore();
        const sent: SpooledRow[] = [];
        for (const { appended, refused } of [...all, { appended: [], refused: [] }]) {
          const some = appended.map((one, n) => row(sent.length + n, one));
          sent.push(...some);
          await own.append(some);
          store.refuse = (_, one) => {
            if (refused.includes(one as 'a')) throw failure('not_found', 404);
            return [];
          };
          await deliver(own, store);
        }
        await expect(own.waiting()).resolves.toEqual([]);
        for (const one of ['a', 'b', 'c']) {
          const ids = idsOf(sent.filter(({ table }) => table === one).map((each) => each.row));
          // Whatever was tried while the table was refused was sent again.
          const stored = [...store.stored].filter((id) => ids.includes(id));
          expect(stored).toEqual(ids);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('a wrong account or deployment', () => {
  it.each(refusals.slice(0, 3))(
    'a wrong account or deployment (%s, %s) keeps every row, with one request per table',
    async (kind, status) => {
      await spool.append([row(1, 'api_requests'), row(2)]);
      await spool.append([row(3), row(4, 'api_requests')]);
      const store = new MemoryStore();
      const wrong = failure(kind, status);
      store.refuse = () => {
        throw wrong;
      };
      await expect(deliver(spool, store)).resolves.toMatchObject({ stored: 0, buried: 0, stopped: null });
      expect(store.tables).toEqual(['api_requests', 'telemetry_events']);
      // Each segment now holds rows of one table.
      await expect(spool.state()).resolves.toMatchObject({ segments: 4, deadLetters: 0 });
      store.refuse = () => [];
      await expect(deliver(spool, store)).resolves.toMatchObject({ stored: 4, stopped: null });
    },
  );

  it('a store that answers for no table in time is given up after two tables', async () => {
    await spool.append([row(1, 'a'), row(2, 'b'), row(3, 'c')]);
    const store = new MemoryStore();
    store.refuse = () => {
      throw failure('timeout');
    };
    await expect(deliver(spool, store)).resolves.toMatchObject({ stored: 0, stopped: { kind: 'timeout' } });
    expect(store.tables).toEqual(['a', 'b']);
  });

  it('an error of this program is thrown, not taken for a failure of the store', async () => {
    await spool.append([row(1)]);
    const store = new MemoryStore();
    store.refuse = () => {
      throw new RangeError('a fault');
    };
    await expect(deliver(spool, store)).rejects.toThrow('a fault');
    await expect(spool.state()).resolves.toMatchObject({ segments: 1 });
  });
});

describe('a segment that is a Parquet file', () => {
  const put = (text: string, count: number, table = 'api_requests') =>
    spool.putFile(table, Buffer.from(text), count);

  it('a Parquet file is sent whole, in its turn, and its rows are counted', async () => {
    await spool.append([row(1)]);
    await put('first', 40_000);
    await put('second', 2, 'telemetry_events');
    await spool.append([row(2)]);
    const store = new MemoryStore();
    await expect(deliver(spool, store)).resolves.toMatchObject({ stored: 40_004, buried: 0, stopped: null });
    expect(store.files).toEqual(['api_requests: first', 'telemetry_events: second']);
    expect(store.requests).toEqual([['1'], ['2']]);
    await expect(spool.state()).resolves.toMatchObject({ segments: 0, deadLetters: 0 });
  });

  it('a Parquet file with some quarantined rows is not sent again, and is set aside with the reason', async () => {
    await put('rows', 10);
    const store = new MemoryStore();
    store.takeFile = () => ({ successful_rows: 7, quarantined_rows: 3 });
    store.quarantine = () => Promise.resolve([{ reason: 'no such time' }]);
    await expect(deliver(spool, store)).resolves.toMatchObject({ stored: 7, buried: 3, stopped: null });
    expect(store.files).toHaveLength(1);
    await expect(spool.state()).resolves.toMatchObject({ segments: 0, deadLetters: 3 });
    await expect(spool.deadLetters()).resolves.toMatchObject([
      { table: 'api_requests', rows: 3, reason: 'quarantined: no such time' },
    ]);

    // Once the cause is fixed, the file is sent again; its good rows change no total.
    await expect(spool.replayDeadLetters()).resolves.toBe(3);
    store.takeFile = () => ({ successful_rows: 10, quarantined_rows: 0 });
    await deliver(spool, store);
    expect(store.files).toEqual(['api_requests: rows', 'api_requests: rows']);
    await expect(spool.state()).resolves.toMatchObject({ segments: 0, deadLetters: 0 });
  });

  it('a Parquet file that was damaged on disk is counted and kept aside, not sent', async () => {
    const name = await put('some rows', 10);
    await put('good', 5);
    await writeFile(join(folder, 'segments', name), 'some rowt');
    const store = new MemoryStore();
    await expect(deliver(spool, store)).resolves.toMatchObject({ stored: 5, buried: 0, stopped: null });
    expect(store.files).toEqual(['api_requests: good']);
    await expect(spool.state()).resolves.toMatchObject({ segments: 0, deadLetters: 0, damaged: 10 });
    await expect(readFile(join(folder, 'damaged', name), 'utf8')).resolves.toBe('some rowt');
  });

  it('a Parquet file of an earlier version, without a checksum in its name, is sent', async () => {
    await put('new', 1);
    const old = '00001700000000000-aabbccdd.api_requests.7.parquet';
    await writeFile(join(folder, 'segments', old), 'old');
    const store = new MemoryStore();
    await expect(deliver(spool, store)).resolves.toMatchObject({ stored: 8, stopped: null });
    expect(store.files).toEqual(['api_requests: old', 'api_requests: new']);
  });

  it.each([400, 413, 422])(
    'a Parquet file that is refused (%i) is set aside whole, and other segments are delivered',
    async (status) => {
      await put('bad', 10);
      await put('good', 5);
      const store = new MemoryStore();
      store.takeFile = () => {
        if (store.files.length === 1) throw failure('rejected', status, 'no Parquet');
        return { successful_rows: 5, quarantined_rows: 0 };
      };
      await expect(deliver(spool, store)).resolves.toMatchObject({ stored: 5, buried: 10, stopped: null });
      await expect(spool.state()).resolves.toMatchObject({ segments: 0, deadLetters: 10 });
      await expect(spool.deadLetters()).resolves.toMatchObject([
        { table: 'api_requests', rows: 10, reason: 'no Parquet' },
      ]);

      await expect(spool.replayDeadLetters()).resolves.toBe(10);
      store.takeFile = () => ({ successful_rows: 10, quarantined_rows: 0 });
      await expect(deliver(spool, store)).resolves.toMatchObject({ stored: 10, buried: 0, stopped: null });
      expect(store.files.at(-1)).toBe('api_requests: bad');
      await expect(spool.state()).resolves.toMatchObject({ segments: 0, deadLetters: 0 });
    },
  );

  it.each<[string, StoreErrorKind, number | null]>([
    ['an outage', 'network', null],
    ['an older server that takes no files', 'unavailable', 501],
    ['a store that has not the table, or not the address', 'not_found', 404],
    ['a wrong token', 'unauthorized', 403],
  ])('a Parquet file waits until %s is over', async (_, kind, status) => {
    await put('rows', 10);
    await spool.append([row(1, 'api_requests')]);
    const store = new MemoryStore();
    const stopped = failure(kind, status);
    store.takeFile = () => {
      throw stopped;
    };
    const { stored, stopped: ended, refused } = await deliver(spool, store);
    expect([stored, ended ?? refused.get('api_requests')]).toEqual([0, stopped]);
    await expect(spool.state()).resolves.toMatchObject({ segments: 2, deadLetters: 0 });
    store.takeFile = () => ({ successful_rows: 10, quarantined_rows: 0 });
    await expect(deliver(spool, store)).resolves.toMatchObject({ stored: 11, buried: 0, stopped: null });
  });
});

describe('batches', () => {
  it('a batch has at most 5,000 rows', () => {
    const sizes = batches(rows(1, 10_001)).map((batch) => batch.rows.length);
    expect(sizes).toEqual([5_000, 5_000, 1]);
  });

  it('a batch has at most 4,000,000 bytes of JSON lines', () => {
    // {"text":"…"} and its line break take 12 bytes without the text.
    const big = (bytes: number): SpooledRow => ({ table: 'a', row: { text: 'x'.repeat(bytes - 12) } });
    const sizes = (some: SpooledRow[]) => batches(some).map((batch) => batch.rows.length);
    expect(sizes([big(2_000_000), big(2_000_000), big(100)])).toEqual([2, 1]);
    expect(sizes([big(2_000_000), big(2_000_001), big(100)])).toEqual([1, 2]);
  });

  it('the size of a batch is counted in bytes, not in characters', () => {
    // 1,000,000 × 3 bytes each
    const euro: SpooledRow = { table: 'a', row: { text: '€'.repeat(1_000_000) } };
    expect(batches([euro, euro]).map((batch) => batch.rows.length)).toEqual([1, 1]);
  });

  it('a row that is larger than a request is sent alone', () => {
    const huge: SpooledRow = { table: 'a', row: { text: 'x'.repeat(5_000_000) } };
    expect(
      batches([row(1, 'a'), huge, row(2, 'a')]).map((batch) => idsOf(batch.rows.map((one) => one.row))),
    ).toEqual([['1'], [undefined], ['2']]);
  });

  it('batches hold every row once, in the order of its table', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 60 }), (tables) => {
        const all = tables.map((table, id) => row(id, table));
        const cut = batches(all);
        for (const table of ['a', 'b', 'c']) {
          const sent = cut.filter((batch) => batch.table === table).flatMap((batch) => batch.rows);
          expect(sent).toEqual(all.filter((one) => one.table === table));
        }
        expect(cut.flatMap((batch) => batch.rows)).toHaveLength(all.length);
        expect(cut.every((batch) => batch.rows.every(({ table }) => table === batch.table))).toBe(true);
      }),
    );
  });

  it('no rows make no batches', () => {
    expect(batches([])).toEqual([]);
  });
});

describe('the spool reaches its size limit while it is being delivered', () => {
  /** Writes one row with a limit of one byte, so that every other segment is dropped. */
  const dropAllBut = (id: string) => new Spool(folder, 1).append([row(id)]);
  const counts = async () => {
    const { deadLetters, dropped, damaged, segments } = await spool.state();
    return { deadLetters, dropped, damaged, segments };
  };

  it('rows that were stored are not counted as dropped', async () => {
    await spool.append(rows(1, 3));
    const store = new MemoryStore();
    let drops: Promise<void> | undefined;
    store.refuse = () => {
      drops ??= dropAllBut('last');
      return [];
    };
    const before = store.ingest.bind(store);
    store.ingest = async (table, batch) => {
      const outcome = await before(table, batch);
      await drops;
      return outcome;
    };
    await deliver(spool, store);
    expect([...store.stored]).toEqual(['1', '2', '3']);
    expect(await counts()).toEqual({ deadLetters: 0, dropped: 0, damaged: 0, segments: 1 });
  });

  it('rows that the store did not take are counted as dropped once, and do not come back', async () => {
    await spool.append(rows(1, 3));
    // Only these of one table are left, in a segment of their own.
    const refusing = new MemoryStore();
    refusing.refuse = () => {
      throw failure('unauthorized', 403);
    };
    await deliver(spool, refusing);
    const [left = ''] = await spool.waiting();
    expect(left).toMatch(/\.telemetry_events\.3\.rows$/);
    refusing.ingest = async () => {
      await dropAllBut('last');
      throw failure('unauthorized', 403);
    };
    await deliver(spool, refusing);
    expect(await counts()).toEqual({ deadLetters: 0, dropped: 3, damaged: 0, segments: 1 });
    const store = new MemoryStore();
    await deliver(spool, store);
    expect([...store.stored]).toEqual(['last']);
  });

  it('a Parquet file that is dropped while the store refuses it leaves no dead letter', async () => {
    await spool.putFile('api_requests', new Uint8Array([1, 2]), 7);
    const store = new MemoryStore();
    store.append = async () => {
      await dropAllBut('last');
      throw failure('rejected', 400);
    };
    await deliver(spool, store);
    expect(await counts()).toEqual({ deadLetters: 0, dropped: 7, damaged: 0, segments: 1 });
  });

  it('each row is stored, dead, dropped or waiting, exactly once, whoever writes and delivers', async () => {
    const limit = 2_000;
    const store = new MemoryStore();
    // Every seventh row is refused for what it holds.
    store.refuse = (batch) => {
      if (batch.length === 1 && Number(batch[0]?.event_id) % 7 === 0) throw failure('rejected', 400);
      if (batch.some(({ event_id }) => Number(event_id) % 7 === 0)) throw failure('rejected', 400);
      return [];
    };
    let sent = 0;
    const write = async () => {
      const own = new Spool(folder, limit);
      for (let n = 0; n < 25; n += 1) {
        sent += 2;
        await own.append([row(sent), row(sent - 1)]);
      }
    };
    const send = async () => {
      for (let n = 0; n < 10; n += 1) await deliver(spool, store);
    };
    await Promise.all([write(), write(), write(), send()]);
    const waiting = (await Promise.all((await spool.waiting()).map((name) => spool.read(name)))).flatMap(
      (segment) => segment.rows,
    ).length;
    const { deadLetters, dropped, damaged } = await spool.state();
    expect(sent).toBe(150);
    expect(damaged).toBe(0);
    expect(dropped).toBeGreaterThan(0);
    expect(store.stored.size + deadLetters + dropped + waiting).toBe(sent);
  });
});

it('a drop that was interrupted is finished by the next drain, and counted once', async () => {
  await spool.append(rows(1, 4));
  const [name = ''] = await spool.waiting();
  const segments = join(folder, 'segments');
  await rename(join(segments, name), join(segments, `${name}.1-x.dropping`));
  // Killed after it noted the drop.
  await writeFile(join(folder, 'dropped.log'), `${name} 4\n`);
  expect(await spool.damage()).toEqual([]);
  await spool.dropOlderThan(0);
  await expect(spool.state()).resolves.toMatchObject({ segments: 0, dropped: 4, damaged: 0 });
});
