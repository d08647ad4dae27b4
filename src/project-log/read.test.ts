import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../../tests/helpers/temp.js';
import type { LogEvent } from './event.js';
import { readLog, type LogQuery, type LogReading } from './read.js';

function logOf(text: string): string {
  const file = join(tempFolder(), 'telemetry.jsonl');
  writeFileSync(file, text);
  return file;
}

async function read(file: string, query: LogQuery = {}) {
  const reading: LogReading = { events: 0, duplicates: 0, unreadable: 0, torn: false };
  const events: LogEvent[] = [];
  for await (const some of readLog(file, query, reading)) events.push(...some);
  return { events, reading, ids: events.map(({ event_id: id }) => id) };
}

const line = (event_id: string, fields: object = {}) =>
  JSON.stringify({ event_id, timestamp: '2026-03-09T10:00:00.000Z', event: 'custom', name: 'x', ...fields });

describe('readLog', () => {
  it('events are read in our names, with all other keys in the payload', async () => {
    const file = logOf(
      `{"ts":"2026-02-13T10:03:22Z","event":"issue_complete","tool":"ll-sprint","issue_id":"BUG-042","duration_s":1.5,"result":"pass","phases":{"ready":0.5},"mine":{"deep":["x y",null]},"session_id":7}\n`,
    );
    expect((await read(file)).events).toEqual([
      {
        at: Date.parse('2026-02-13T10:03:22Z'),
        event_id: 'line-1',
        event: 'issue_complete',
        status: 'success',
        tool_name: 'll-sprint',
        task_id: 'BUG-042',
        duration_ms: 1_500,
        session_id: '7',
        project: '',
        prompt_id: '',
        agent_id: '',
        agent_type: '',
        skill_name: '',
        model: '',
        error_class: '',
        feature_id: '',
        phase: '',
        commit_hash: '',
        pr_number: null,
        payload: { phases_ms: { ready: 500 }, mine: { deep: ['x y', null] } },
      },
    ]);
  });

  const file = () =>
    logOf(
      [
        line('a', { tool: 'll-auto', task_id: 'T-1' }),
        line('b', { tool: 'll-auto', task_id: 'T-2', event: 'issue_start' }),
        line('c', { tool: 'npm', task_id: 'T-1', timestamp: '2026-03-10T00:00:00.000Z' }),
        line('d', { tool: 'npm', task_id: 'T-1', timestamp: '2026-03-11T00:00:00.000Z' }),
      ].join('\n'),
    );

  it.each<[string, LogQuery, string[]]>([
    ['nothing', {}, ['a', 'b', 'c', 'd']],
    ['since, inclusive', { since: Date.parse('2026-03-10') }, ['c', 'd']],
    ['until, exclusive', { until: Date.parse('2026-03-10') }, ['a', 'b']],
    ['event', { event: 'issue_start' }, ['b']],
    ['tool', { tool: 'npm' }, ['c', 'd']],
    ['task', { task: 'T-1' }, ['a', 'c', 'd']],
    ['tool and task', { tool: 'll-auto', task: 'T-1' }, ['a']],
    [
      'all of them',
      {
        since: Date.parse('2026-03-10'),
        until: Date.parse('2026-03-11'),
        event: 'custom',
        tool: 'npm',
        task: 'T-1',
      },
      ['c'],
    ],
    ['what is not there', { event: 'issue_start', task: 'T-1' }, []],
  ])('events are filtered by %s', async (_, query, ids) => {
    expect((await read(file(), query)).ids).toEqual(ids);
  });

  it('an event that is in the file twice is read once', async () => {
    const { ids, reading } = await read(logOf(`${line('a')}\n${line('b')}\n${line('a')}\n`));
    expect(ids).toEqual(['a', 'b']);
    expect(reading).toEqual({ events: 2, duplicates: 1, unreadable: 0, torn: false });
  });

  it('lines without an event are left out and counted', async () => {
    const { ids, reading } = await read(
      logOf(
        [
          'no JSON',
          '[]',
          '"x"',
          '{}',
          line('a', { timestamp: 'soon' }),
          line('b', { event: '' }),
          line('c'),
          '',
        ].join('\n'),
      ),
    );
    expect(ids).toEqual(['c']);
    expect(reading).toEqual({ events: 1, duplicates: 0, unreadable: 6, torn: false });
  });

  it('an incomplete last line is tolerated, and a complete one without its line feed is read', async () => {
    expect(await read(logOf(`${line('a')}\n${line('b').slice(0, 30)}`))).toMatchObject({
      ids: ['a'],
      reading: { unreadable: 1, torn: true },
    });
    expect(await read(logOf(`${line('a')}\n${line('b')}`))).toMatchObject({
      ids: ['a', 'b'],
      reading: { unreadable: 0, torn: false },
    });
  });

  it('an event after an incomplete one in the same line is found', async () => {
    expect(await read(logOf(`${line('a').slice(0, 30)}${line('b')}\n`))).toMatchObject({
      ids: ['b'],
      reading: { events: 1, unreadable: 1, torn: false },
    });
  });

  it('an empty file and lines longer than one read are read', async () => {
    expect((await read(logOf(''))).reading).toEqual({ events: 0, duplicates: 0, unreadable: 0, torn: false });
    const long = 'ü'.repeat(1_500_000);
    const { events, ids } = await read(logOf(`${line('a')}\n${line('b', { long })}\n${line('c')}\n`));
    expect(ids).toEqual(['a', 'b', 'c']);
    expect(events[1]?.payload.long).toBe(long);
  });
});
