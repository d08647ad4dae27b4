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
    expect(parsePipe('p', text).materialized).toEqual({ node: 'm', datasource: 'target', alter: true });
  });

  const node = 'NODE n\nSQL >\n    SELECT 1\n';
  it.each([
    ['DESCRIPTION x', 'a pipe needs a NODE'],
    ['NODE n', 'node n has no SQL'],
    ['NODE n\nSQL SELECT 1', 'SQL must be multiline'],
    [`${node}${node}`, 'node n is there twice'],
    [`${node}TYPE copy\n`, 'copy pipes are not supported'],
    [`${node}TYPE copy\nTARGET_DATASOURCE t`, 'copy pipes are not supported'],
    [`${node}TYPE sink`, 'sinks are not supported'],
    [`${node}TYPE materialized`, 'TYPE materialized needs DATASOURCE'],
    [`${node}TYPE other`, 'TYPE other is not'],
    [`${node}TOKEN t APPEND`, 'TOKEN takes a name and READ'],
  ])('an invalid datafile is refused: %j', (text, message) => {
    expect(() => parsePipe('p', text)).toThrow(message);
  });
});
