import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { compileRowReader } from '../../../src/local/columns/row.js';
import { parseDatasource } from '../../../src/local/datafile/datasource.js';
import { capturedLayers } from '../../helpers/layers.js';

const catalogue = JSON.parse(
  readFileSync(fileURLToPath(new URL('../../../dist/catalogue.json', import.meta.url)), 'utf8'),
) as { filename: string; content: string }[];

/** The tables that a backfill fills with hundreds of thousands of rows. */
const many = new Set(['api_requests', 'telemetry_events']);

describe('the rows of a captured session', () => {
  it('all rows of the large tables can go to the engine as they were sent', async () => {
    const readers = new Map(
      catalogue.flatMap(({ filename, content }) => {
        const table = /^(.*)\.datasource$/.exec(filename)?.[1];
        return table === undefined
          ? []
          : [[table, compileRowReader(parseDatasource(table, content).columns)] as const];
      }),
    );
    const rows = (await capturedLayers()).transcripts.flat().filter(({ table }) => many.has(table));
    expect(rows).toHaveLength(50);
    const changed = rows.filter(({ table, row }) => {
      const line = Buffer.from(JSON.stringify(row));
      return readers.get(table)?.passes(line, 0, line.length) !== true;
    });
    expect(changed).toEqual([]);
  });
});
