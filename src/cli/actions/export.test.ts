import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Asker } from '../shared/asker.js';
import type { Terminal } from '../render/terminal.js';
import { run } from './export.js';

const PAGE = 5_000;
const HOUR_MS = 3_600_000;
const now = Date.parse('2026-11-20T12:00:00Z');

/** Sessions, newest first, one page at a time: the last of each page was active that many hours ago. */
function pagesOf(...hoursAgo: number[]): Record<string, unknown>[][] {
  const moment = (hours: number) =>
    new Date(now - hours * HOUR_MS).toISOString().replace('T', ' ').replace('Z', '');
  return hoursAgo.map((hours, page) =>
    Array.from({ length: PAGE }, (_, n) => ({
      session_id: `${page}-${n}`,
      last_activity: moment(hours),
    })),
  );
}

/**
 * Exports these pages and one more row; returns what was written to stderr, on a terminal of 80 columns or elsewhere.
 */
async function exported(pages: Record<string, unknown>[][], isTerminal: boolean): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'atel-export-'));
  const written: string[] = [];
  const output = {
    ...(isTerminal ? { isTTY: true, columns: 80 } : {}),
    write: (text: string) => written.push(text),
  };
  vi.spyOn(process, 'stderr', 'get').mockReturnValue(output as unknown as typeof process.stderr);
  const left = [...pages, [{ session_id: 'last', last_activity: null }]];
  const asker = { ask: () => Promise.resolve(left.shift()) } as unknown as Asker;
  const said: string[] = [];
  const out = join(folder, 'sessions.csv');
  try {
    await run(
      { table: 'sessions', since: '4d', timezone: 'UTC', format: 'csv', out },
      {
        asker,
        now,
        print: (line) => said.push(line),
        terminal: {} as Terminal,
        history: () => Promise.resolve(null),
      },
    );
    const rows = pages.length * PAGE + 1;
    expect(said).toEqual([`export: ${rows.toLocaleString('en')} rows written to ${out}`]);
    expect(readFileSync(out, 'utf8').split('\r\n')).toHaveLength(rows + 2);
  } finally {
    rmSync(folder, { recursive: true });
  }
  return written;
}

afterEach(() => vi.restoreAllMocks());

describe('a long export of sessions', () => {
  it('a terminal shows how far back in the requested window it has come', async () => {
    // 24 of 96 hours: a quarter, so 20,000 rows are expected.
    const [first, ...more] = await exported(pagesOf(24, 48, 72), true);
    expect(stripVTControlCharacters(first ?? '')).toMatch(/^\r█{5}░{15} 25 %, 5,000 rows, /);
    expect(more.at(-1)).toBe('\r\u001b[K');
  });

  it('without a terminal, nothing is shown for an export of a few seconds', async () => {
    expect(await exported(pagesOf(24, 48), false)).toEqual([]);
  });
});
