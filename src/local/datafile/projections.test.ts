import { describe, expect, it } from 'vitest';
import { parseDatasource } from './datasource.js';

const parse = (block: string) =>
  parseDatasource('t', `SCHEMA >\n    a UInt8,\n    b String\n\nPROJECTIONS >\n${block}\nENGINE "MergeTree"`);

describe('PROJECTIONS', () => {
  it('each is a name and a query, over one line or several', () => {
    const { projections, engine } = parse(`    by_b (SELECT b, sum(a) GROUP BY b)
    PROJECTION \`in order\` (
        SELECT *
        ORDER BY lower(b)
    ),
    projection (SELECT a ORDER BY a)`);
    expect(projections).toEqual([
      { name: 'by_b', query: 'SELECT b, sum(a) GROUP BY b' },
      { name: 'in order', query: 'SELECT *\n    ORDER BY lower(b)' },
      { name: 'projection', query: 'SELECT a ORDER BY a' },
    ]);
    expect(engine.name).toBe('MergeTree');
  });

  it.each([
    ['    by_b SELECT b', /^line 6: PROJECTIONS: "by_b SELECT b" is not of the form: name \(SELECT/],
    [
      '    p (SELECT a ORDER BY a)\n    q (SELECT b',
      /^line 7: PROJECTIONS: the query of q has no closing bracket/,
    ],
    ['    p (SELECT a)\n    p (SELECT b)', /^line 7: PROJECTIONS: p is there twice/],
    ["    p (SELECT 'a)", /^line 6: PROJECTIONS: /],
  ])('the block %s is refused with its line', (block, reason) => {
    expect(() => parse(block)).toThrow(reason);
  });
});
