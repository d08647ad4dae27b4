import { describe, expect, it } from 'vitest';
import { isSafeChange } from './columns.js';
import { readMark, schemaHash, writeMark } from './ddl.js';
import { planDeployment, type PlanOptions } from './plan.js';
import { parseProject, type Project } from './project.js';

const table = (columns: string, tail = '') => `SCHEMA >\n    ${columns}\nENGINE_SORTING_KEY "id"\n${tail}`;
const base = table('id String `json:$.id`, n UInt8 `json:$.n`');

function project(files: Record<string, string>): Project {
  const { project: parsed, problems } = parseProject(
    Object.entries(files).map(([filename, content]) => ({ filename, content })),
  );
  expect(problems).toEqual([]);
  return parsed;
}

/** Plans a deployment over the tables of `before`, each of which has rows. */
function plan(
  before: Record<string, string>,
  after: Record<string, string>,
  options: Partial<PlanOptions> = {},
) {
  const previous = project(before);
  const existing = [...previous.datasources.values()].map((datasource) => ({
    name: datasource.name,
    comment: writeMark({ schema: schemaHash(datasource), fill: '' }),
    rows: 5,
    bytes: 50,
  }));
  return planDeployment(previous, project(after), existing, 'live', new Set(), {
    kind: 'deploy',
    allowDestructive: false,
    ...options,
  });
}

describe('planDeployment', () => {
  it('a table is unchanged if only its description, tokens or JSON paths change', () => {
    const described = `DESCRIPTION other\n${base.replace('$.n', '$.m')}\nTOKEN t READ`;
    expect(plan({ 'a.datasource': base }, { 'a.datasource': described }).steps).toMatchObject([
      { kind: 'keep' },
    ]);
  });

  it('new columns and a TTL alter the table', () => {
    const more = table('id String `json:$.id`, m UInt8 `json:$.m`, n UInt8 `json:$.n`', 'ENGINE_TTL "now()"');
    expect(plan({ 'a.datasource': base }, { 'a.datasource': more }).steps).toMatchObject([
      {
        kind: 'alter',
        apply: ['ALTER TABLE `live`.`a` ADD COLUMN IF NOT EXISTS `m` UInt8 AFTER `id`'],
        undo: ['ALTER TABLE `live`.`a` DROP COLUMN IF EXISTS `m`'],
        commit: ['ALTER TABLE `live`.`a` MODIFY TTL now()'],
      },
    ]);
  });

  it('any other change copies the shared columns', () => {
    const wider = base.replace('UInt8', 'UInt32');
    expect(plan({ 'a.datasource': base }, { 'a.datasource': wider }).steps).toMatchObject([
      { kind: 'build', replaces: true, keepsOld: false, fill: { kind: 'copy', columns: ['id', 'n'] } },
    ]);
  });

  it('a deployment that would lose rows is refused, and a build keeps the old table', () => {
    const narrower = base.replace('UInt8', 'Int8');
    const refused = plan({ 'a.datasource': base }, { 'a.datasource': narrower });
    expect(refused.problems).toMatchObject([{ filename: 'a.datasource' }]);
    const built = plan({ 'a.datasource': base }, { 'a.datasource': narrower }, { kind: 'build' });
    expect(built.problems).toEqual([]);
    expect(built.steps).toMatchObject([{ keepsOld: true, fill: { kind: 'copy', columns: ['id'] } }]);
  });

  /** A table with a column `x`; another size of `n` needs a new table. */
  const computed = (x: string, n = 'UInt8') => table(`id String \`json:$.id\`, n ${n} \`json:$.n\`, ${x}`);
  const time = 'x DateTime MATERIALIZED now()';

  it.each([
    ['a column that becomes MATERIALIZED', 'x Float64 `json:$.x`', 'x Float64 MATERIALIZED 0'],
    ['a column with a DEFAULT that becomes MATERIALIZED', 'x Float64 DEFAULT 1', 'x Float64 MATERIALIZED 1'],
    ['an expression that becomes a time', 'x DateTime MATERIALIZED toDateTime(n)', time],
    ['a time that becomes another expression', time, 'x DateTime MATERIALIZED toDateTime(n)'],
    ['a random number', 'x UInt32 MATERIALIZED n', 'x UInt32 MATERIALIZED rand() + n'],
  ])('%s loses its values', (_, before, after) => {
    const change = [{ 'a.datasource': computed(before) }, { 'a.datasource': computed(after) }] as const;
    expect(plan(...change).problems).toMatchObject([
      { filename: 'a.datasource', error: expect.stringMatching(/^column x (?:becomes|is)/) as unknown },
    ]);
    expect(plan(...change, { kind: 'build' })).toMatchObject({ problems: [], steps: [{ keepsOld: true }] });
  });

  it.each([
    ['copied if its expression is the same', time, time, ['id', 'n', 'x']],
    [
      'copied if it is MATERIALIZED no more',
      'x UInt16 MATERIALIZED n',
      'x UInt16 `json:$.x`',
      ['id', 'n', 'x'],
    ],
    [
      'computed if its expression is another',
      'x UInt16 MATERIALIZED n',
      'x UInt16 MATERIALIZED n + 1',
      ['id', 'n'],
    ],
    [
      'computed if it reads a column that is computed',
      'w UInt16 MATERIALIZED n, x UInt16 MATERIALIZED w * 2',
      'w UInt16 MATERIALIZED n + 1, x UInt16 MATERIALIZED w * 2',
      ['id', 'n'],
    ],
    [
      'computed in another time zone',
      "x DateTime MATERIALIZED toTimeZone(toDateTime(n), 'UTC')",
      "x DateTime MATERIALIZED toTimeZone(toDateTime(n), 'Asia/Tokyo')",
      ['id', 'n'],
    ],
  ])('a MATERIALIZED column is %s', (_, before, after, columns) => {
    const { steps, problems } = plan(
      { 'a.datasource': computed(before) },
      { 'a.datasource': computed(after, 'UInt16') },
    );
    expect(problems).toEqual([]);
    expect(steps).toMatchObject([{ kind: 'build', keepsOld: false, fill: { kind: 'copy', columns } }]);
  });

  const target = table('id String, n SimpleAggregateFunction(sum, UInt64)').replace(
    'ENGINE_SORTING_KEY',
    'ENGINE "AggregatingMergeTree"\nENGINE_SORTING_KEY',
  );
  const view = (sum: string, more = '') =>
    `NODE v\nSQL >\n    SELECT id, ${sum} AS n FROM a GROUP BY id\nTYPE materialized\nDATASOURCE t\n${more}`;
  const files = { 't.datasource': target, 'v.pipe': view('sum(n)'), 'a.datasource': base };

  it('a target is computed again after its source if its query changes', () => {
    expect(plan(files, { ...files, 'v.pipe': view('sum(n) * 2') }).steps).toMatchObject([
      { kind: 'keep', datasource: { name: 'a' } },
      { kind: 'build', datasource: { name: 't' }, replaces: true, fill: { kind: 'views' } },
    ]);
  });

  it.each([
    [
      'the method is alter',
      { 'v.pipe': view('sum(n) * 2', 'DEPLOYMENT_METHOD alter') },
      'DEPLOYMENT_METHOD is alter',
    ],
    [
      'the source drops old rows',
      { 'v.pipe': view('sum(n) * 2'), 'a.datasource': `${base}ENGINE_TTL "now()"` },
      'a drops old rows',
    ],
    [
      'rows also come directly',
      { 'v.pipe': view('sum(n) * 2'), 't.datasource': target.replace('id String', 'id String `json:$.id`') },
      'it also takes rows directly',
    ],
  ])('the rows of a target are kept, and the plan says so, if %s', (_, change, reason) => {
    const { steps, warnings } = plan(files, { ...files, ...change });
    expect(steps.find((step) => step.datasource.name === 't')?.kind).toBe('keep');
    expect(warnings[0]?.error).toContain(reason);
  });
});

describe('isSafeChange', () => {
  it.each([
    ['UInt8', 'UInt16'],
    ['UInt8', 'Int16'],
    ['Int32', 'Nullable(Int64)'],
    ['String', 'LowCardinality(Nullable(String))'],
    ['Float32', 'Float64'],
    ["DateTime('UTC')", "DateTime64(3, 'UTC')"],
    ['DateTime64(3)', 'DateTime64(6)'],
    ['Array(Int32)', 'Array(Nullable(Int64))'],
    ["Enum8('a' = 1)", "Enum8('a' = 1, 'b' = 2)"],
  ])('%s to %s keeps every value', (from, to) => {
    expect(isSafeChange(from, to)).toBe(true);
  });

  it.each([
    ['UInt8', 'Int8'],
    ['Int64', 'Int32'],
    ['Int32', 'UInt64'],
    ['Nullable(String)', 'String'],
    ['String', 'UInt8'],
    ['UInt8', 'String'],
    ['DateTime64(6)', 'DateTime64(3)'],
    ["DateTime64(3, 'UTC')", "DateTime64(3, 'Asia/Tokyo')"],
    ["Enum8('a' = 1, 'b' = 2)", "Enum8('a' = 1)"],
  ])('%s to %s may lose a value', (from, to) => {
    expect(isSafeChange(from, to)).toBe(false);
  });
});

describe('a table’s mark', () => {
  it('a mark is kept with the comment, and not found in any other comment', () => {
    const mark = { schema: 'a', fill: 'b' };
    expect(readMark(writeMark(mark))).toEqual(mark);
    expect(readMark('something else')).toBeUndefined();
  });
});
