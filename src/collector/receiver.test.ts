import { expect, it } from 'vitest';
import type { RedactedRow } from '../signals/privacy/redacted-row.js';
import { GroupCommit } from './group-commit.js';
import { Receiver } from './receiver.js';

it('log records that no table can hold are counted, once for each body, and the others are taken', async () => {
  const written: RedactedRow[] = [];
  const counted = new Map<string, number>();
  const receiver = new Receiver(
    new GroupCommit((rows) => Promise.resolve(void written.push(...rows))),
    { recorder: { device: 'test', privacyTier: 1, origin: 'live' }, projectOf: () => '' },
    () => undefined,
    {
      lost: () => expect.unreachable(),
      refused: (key, events) => counted.set(key, events),
      accepted: (key) => counted.delete(key),
      get isEmpty() {
        return counted.size === 0;
      },
    },
  );
  const logRecords = [{ timeUnixNano: '1795168800000000000' }, {}, { timeUnixNano: '9999999999000000000' }];
  const body = Buffer.from(JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }));
  for (let times = 0; times < 2; times += 1)
    expect(await receiver.take('logs', 'json', body)).toEqual({
      refused: { count: 2, reasons: new Set(['no time', 'time after 2106']) },
    });
  expect(written.map(({ table }) => table)).toEqual(['otel_logs', 'otel_logs']);
  expect([...counted.values()]).toEqual([2]);
});
