import { describe, expect, it } from 'vitest';
import { parsePipe } from './pipe.js';

const endpoint = `DESCRIPTION >
    Top events

NODE filtered
DESCRIPTION >
    filter
SQL >
    %
    SELECT *
      FROM events
    # a comment
    WHERE a = {{String(a)}}

NODE endpoint
SQL >
    SELECT count() FROM filtered

TYPE endpoint
CACHE 30

TOKEN app_read READ
TAGS "a,b"`;

describe('parsePipe', () => {
  it('an endpoint is read, and a description belongs to the node after it', () => {
    expect(parsePipe('top', endpoint)).toMatchObject({
      description: 'Top events',
      nodes: [
        {
          name: 'filtered',
          description: 'filter',
          sql: '%\nSELECT *\n  FROM events\nWHERE a = {{String(a)}}',
        },
        { name: 'endpoint', sql: 'SELECT count() FROM filtered' },
      ],
      endpoint: 'endpoint',
      tokens: [{ name: 'app_read', permission: 'READ' }],
    });
  });

  it('a materialization is read', () => {
    const text = 'NODE m\nSQL >\n    SELECT 1\nTYPE MATERIALIZED\nDATASOURCE target\nDEPLOYMENT_METHOD alter';
    expect(parsePipe('p', text).materialized).toEqual([
      { node: 'm', datasource: 'target', alter: true, engine: undefined },
    ]);
  });

  it('a materialization can define the engine of its datasource', () => {
    const text =
      'NODE m\nSQL >\n    SELECT 1\nTYPE materialized\nDATASOURCE t\nENGINE "SummingMergeTree"\nENGINE_SORTING_KEY day';
    expect(parsePipe('p', text).materialized[0]?.engine).toMatchObject({
      name: 'SummingMergeTree',
      sortingKey: 'day',
    });
  });

  it('a copy is read; without a schedule it is on demand, without a mode it appends', () => {
    const copy = 'NODE c\nSQL >\n    SELECT 1\nTYPE COPY\nTARGET_DATASOURCE snap\n';
    expect(parsePipe('p', copy).copy).toEqual({
      node: 'c',
      target: 'snap',
      schedule: '@on-demand',
      mode: 'append',
    });
    expect(parsePipe('p', `${copy}COPY_SCHEDULE 0 * * * *\nCOPY_MODE replace`).copy).toMatchObject({
      schedule: '0 * * * *',
      mode: 'replace',
    });
  });

  it('a sink is kept with its options', () => {
    const text = `NODE s
SQL >
    SELECT 1
TYPE sink
EXPORT_CONNECTION_NAME "lake"
EXPORT_BUCKET_URI "s3://bucket/out"
EXPORT_FILE_TEMPLATE "day_{date}"
EXPORT_SCHEDULE "@on-demand"
EXPORT_FORMAT "parquet"`;
    expect(parsePipe('p', text).sink).toEqual({
      node: 's',
      options: {
        EXPORT_CONNECTION_NAME: 'lake',
        EXPORT_BUCKET_URI: 's3://bucket/out',
        EXPORT_FILE_TEMPLATE: 'day_{date}',
        EXPORT_SCHEDULE: '@on-demand',
        EXPORT_FORMAT: 'parquet',
      },
    });
  });

  const node = 'NODE n\nSQL >\n    SELECT 1\n';
  it.each([
    ['DESCRIPTION x', 'a pipe needs a NODE'],
    ['NODE n', 'node n has no SQL'],
    ['NODE n\nSQL SELECT 1', 'SQL must be multiline'],
    [`${node}${node}`, 'node n is there twice'],
    [`${node}TYPE copy`, 'line 4: node n: TYPE copy needs TARGET_DATASOURCE'],
    [`${node}TARGET_DATASOURCE t`, 'line 4: TARGET_DATASOURCE must follow TYPE copy'],
    [
      `${node}TYPE copy\nTARGET_DATASOURCE t\nCOPY_MODE merge`,
      'COPY_MODE is append or replace, found "merge"',
    ],
    [
      `${node}TYPE copy\nTARGET_DATASOURCE t\nCOPY_SCHEDULE daily`,
      "line 6: COPY_SCHEDULE is @on-demand or cron's",
    ],
    [`${node}TYPE sink`, 'TYPE sink needs EXPORT_CONNECTION_NAME or EXPORT_SERVICE'],
    [`${node}TYPE sink\nEXPORT_SERVICE s3`, 'TYPE sink needs EXPORT_BUCKET_URI or EXPORT_KAFKA_TOPIC'],
    [`${node}ENGINE "MergeTree"`, 'line 4: ENGINE must follow TYPE materialized'],
    [`${node}TYPE materialized`, 'TYPE materialized needs DATASOURCE'],
    [`${node}TYPE other`, 'TYPE other is not'],
    [`${node}TOKEN t APPEND`, 'TOKEN takes a name and READ'],
  ])('an invalid datafile is refused: %j', (text, message) => {
    expect(() => parsePipe('p', text)).toThrow(message);
  });
});
