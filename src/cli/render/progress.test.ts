import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { bytesMeasure, rowsMeasure, startProgress } from './progress.js';
import { width } from './text.js';

/** A screen of one line, and a clock that the test sets. */
function fake(columns?: number) {
  const written: string[] = [];
  const at = { ms: 0 };
  const output = {
    ...(columns === undefined ? {} : { isTTY: true, columns }),
    write: (text: string) => written.push(text),
  };
  return { written, at, output, clock: () => at.ms };
}

/** The text on the terminal's line. */
const line = (written: readonly string[]) =>
  stripVTControlCharacters((written.at(-1) ?? '').replace('\r\u001b[K', ''));

describe('progress on a terminal', () => {
  it('shows a bar, the rate and the remaining time', () => {
    const { written, at, output, clock } = fake(80);
    const progress = startProgress('backfill', bytesMeasure, output, clock);
    at.ms = 2_000;
    progress.show({ done: 10e6, total: 40e6, text: '3 of 12 files' });
    expect(line(written)).toBe('█████░░░░░░░░░░░░░░░ 25 %, 3 of 12 files, 5.0 MB/s, 6 s left');
    at.ms = 8_000;
    progress.show({ done: 40e6, total: 40e6, text: '12 of 12 files' });
    expect(line(written)).toBe('████████████████████ 100 %, 12 of 12 files, 5.0 MB/s');
    progress.end();
    expect(written.at(-1)).toBe('\r\u001b[K');
  });

  it('is never wider than the terminal', () => {
    const { written, at, output, clock } = fake(40);
    const progress = startProgress('prune', bytesMeasure, output, clock);
    at.ms = 90_000;
    progress.show({ done: 1e6, total: 60e6, text: '1,000 of 60,000 files of a long name' });
    expect(line(written)).toBe('░░░░░░░░░░ 2 %, 1,000 of 60,000 files …');
    expect(width(line(written))).toBe(39);
  });

  it('shows what was done if the total is unknown', () => {
    const { written, at, output, clock } = fake(80);
    const progress = startProgress('export', rowsMeasure, output, clock);
    at.ms = 4_000;
    progress.show({ done: 10_000, total: null });
    expect(line(written)).toBe('10,000 rows, 2,500 rows/s');
  });

  it('shows minutes as minutes, and no remaining time at the very beginning', () => {
    const { written, at, output, clock } = fake(100);
    const progress = startProgress('export', rowsMeasure, output, clock);
    at.ms = 10_000;
    progress.show({ done: 1_000, total: 21_000 });
    expect(line(written)).toContain('5 %, 1,000 rows, 100 rows/s, 3 min 20 s left');
    at.ms = 10_200;
    progress.show({ done: 100, total: 21_000 });
    expect(line(written)).not.toContain('left');
  });

  it('is updated at most ten times per second', () => {
    const { written, at, output, clock } = fake(80);
    const progress = startProgress('export', rowsMeasure, output, clock);
    for (at.ms = 0; at.ms <= 1_000; at.ms += 10) progress.show({ done: at.ms, total: 1_000 });
    expect(written).toHaveLength(11);
  });
});

describe('progress without a terminal', () => {
  it('shows nothing for work that ends quickly', () => {
    const { written, at, output, clock } = fake();
    const progress = startProgress('export', rowsMeasure, output, clock);
    for (at.ms = 0; at.ms < 10_000; at.ms += 100) progress.show({ done: at.ms, total: 10_000 });
    progress.end();
    expect(written).toEqual([]);
  });

  it('prints a plain line every ten seconds', () => {
    const { written, at, output, clock } = fake();
    const progress = startProgress('backfill', bytesMeasure, output, clock);
    for (at.ms = 0; at.ms <= 25_000; at.ms += 1_000)
      progress.show({ done: at.ms * 1_000, total: 50e6, text: 'some files' });
    progress.end();
    expect(written).toEqual([
      'backfill: 20 %, some files, 1.0 MB/s, 40 s left\n',
      'backfill: 40 %, some files, 1.0 MB/s, 30 s left\n',
    ]);
  });
});
