import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  gather,
  startBefore,
  taskTrace,
  widened,
  workByTool,
  workEnds,
  workSummary,
  workTrend,
  type LogWindow,
  type Period,
} from '../../../src/project-log/index.js';
import { tempFolder } from '../../helpers/temp.js';
import { makeSessionSummaryRow, makeTelemetryEventRow } from '../helpers/factories.js';
import { useStore } from '../helpers/store.js';
import { workLog, workRows } from '../helpers/work-log.js';

const store = useStore();

beforeEach(async () => {
  await store.client.telemetryEvents.ingest(workRows());
});

/** The week from Monday 9 March. */
const week = { from: '2026-03-09 00:00:00', to: '2026-03-16 00:00:00' };
const weekOfLog = { from: Date.parse('2026-03-09'), to: Date.parse('2026-03-16'), now: Date.now() };

function logFile(text = workLog): string {
  const file = join(tempFolder(), 'telemetry.jsonl');
  writeFileSync(file, text);
  return file;
}

async function endsInLog(since: number, text = workLog) {
  const ends = workEnds(since);
  const reading = await gather(logFile(text), [ends]);
  return { ends: ends.answer(), reading };
}

describe('work_summary', () => {
  it('velocity, rates and averages are compared with the week before, as in the project log', async () => {
    const rows = await store.client.workSummary.query(week);
    expect(
      rows.map(({ metric, value, value_before: before, change }) => [metric, value, before, change]),
    ).toEqual([
      // BUG-042, and ENH-70 at its second attempt; in the week before: OLD-1.
      ['completed_tasks', 2, 1, 1],
      ['completed_tasks_per_day', 2 / 7, 1 / 7, 1],
      // DOC-1 was skipped.
      ['task_runs', 4, 2, 1],
      // ENH-70 at its first attempt, and BUG-9, which took too long; in the week before: OLD-2.
      ['failed_runs', 2, 1, 1],
      ['run_success_rate', 1 / 2, 1 / 2, 0],
      [
        'avg_run_ms',
        (197_000 + 90_000 + 150_000 + 600_000) / 4,
        150_000,
        expect.closeTo(10_925 / 15_000, 12),
      ],
      ['commands', 3, 1, 2],
      ['failed_commands', 1, 0, null],
      // ll-sprint reported no outcome.
      ['command_success_rate', 1 / 2, 1, -0.5],
      ['avg_command_ms', 1_100_000 / 3, 300_000, expect.closeTo(2 / 9, 12)],
    ]);
    const { ends, reading } = await endsInLog(startBefore(weekOfLog));
    expect(workSummary(ends, weekOfLog)).toEqual(rows);
    expect(reading).toEqual({ events: 25, duplicates: 1, unreadable: 3, torn: true });
  });

  it('if nothing happened, every metric is present, with zeros and unknowns', async () => {
    const empty = { from: '2020-01-01 00:00:00', to: '2020-01-02 00:00:00' };
    const rows = await store.client.workSummary.query(empty);
    expect(rows.map(({ value }) => value)).toEqual([0, 0, 0, 0, null, null, 0, 0, null, null]);
    const window = { from: Date.parse('2020-01-01'), to: Date.parse('2020-01-02'), now: 0 };
    expect(workSummary([], window)).toEqual(rows);
  });

  it('a run without a reported time has a time, as in task_summary and in the project log', async () => {
    await store.clear();
    let second = 0;
    const line = (task: string, event: string, more: object = {}) => {
      second += 1;
      const timestamp = new Date(Date.parse('2026-03-10') + second * 1_000).toISOString();
      return JSON.stringify({
        event_id: `t-${second}`,
        timestamp,
        event,
        task_id: task,
        tool: 'mine',
        ...more,
      });
    };
    const inCommand = (id: string, parent: string, ms: number) => ({
      phase: 'test',
      command_id: id,
      ...(parent === '' ? {} : { parent_id: parent }),
      duration_ms: ms,
      exit_code: 0,
      status: 'success',
    });
    const lines = [
      // From its last start: 2 s. It had been abandoned once before.
      line('A', 'issue_start'),
      line('A', 'issue_start'),
      line('A', 'issue_phase', { phase: 'ready', duration_ms: 400 }),
      line('A', 'issue_complete', { status: 'success' }),
      // Its phases: 500 reported by the end, 300 by an event, 2 s from running to done.
      line('B', 'issue_phase', { phase: 'plan', duration_ms: 300 }),
      line('B', 'issue_phase', { phase: 'build', status: 'running' }),
      line('B', 'issue_phase', { phase: 'ready', duration_ms: 9_999 }),
      line('B', 'issue_phase', { phase: 'build', status: 'success' }),
      line('B', 'issue_complete', { status: 'failure', phases_ms: { ready: 500 } }),
      // The outer one of two commands: 700.
      line('C', 'command_end', inCommand('inner', 'outer', 600)),
      line('C', 'command_end', inCommand('outer', '', 700)),
      line('C', 'issue_complete', { status: 'success' }),
      // Neither time nor outcome is known.
      line('D', 'issue_complete'),
      line('A', 'issue_complete', { status: 'cancelled' }),
      line('A', 'issue_complete', { status: 'running' }),
    ];
    await store.client.telemetryEvents.ingest(workRows(lines));
    const rows = await store.client.workSummary.query(week);
    const value = Object.fromEntries(rows.map((row) => [row.metric, row.value]));
    expect(value).toMatchObject({
      completed_tasks: 2,
      task_runs: 4,
      failed_runs: 1,
      avg_run_ms: (2_000 + (500 + 300 + 2_000) + 700) / 3,
      avg_command_ms: 650,
    });
    const tasks = await store.client.taskSummary.query(week);
    expect(tasks.find(({ metric }) => metric === 'avg_run_ms')?.value).toBe(value.avg_run_ms);
    const { ends } = await endsInLog(startBefore(weekOfLog), lines.toReversed().join('\n'));
    expect(workSummary(ends, weekOfLog)).toEqual(rows);
    expect(workByTool(ends, weekOfLog)).toEqual(await store.client.workByTool.query(week));
  });
});

describe('work_by_tool', () => {
  it('work_by_tool shows how commands and tasks went in each tool, as in the project log', async () => {
    const rows = await store.client.workByTool.query(week);
    const columns = [
      'tool_name',
      'commands',
      'failed_commands',
      'command_failure_rate',
      'avg_command_ms',
      'completed_tasks',
      'task_runs',
      'failed_runs',
      'run_failure_rate',
      'avg_run_ms',
    ] as const;
    expect(rows.map((row) => columns.map((column) => row[column]))).toEqual([
      ['ll-auto', 1, 0, 0, 170_000, 1, 2, 1, 0.5, 375_000],
      // Here ENH-70 failed.
      ['ll-sprint', 1, 0, null, 900_000, 1, 2, 1, 0.5, 143_500],
      ['npm', 1, 1, 1, 30_000, 0, 0, 0, null, null],
    ]);
    const { ends } = await endsInLog(weekOfLog.from);
    expect(workByTool(ends, weekOfLog)).toEqual(rows);
  });
});

describe('work_trend', () => {
  const trend = async (period: Period, from = '2026-02-23', to = '2026-03-23') => {
    const rows = await store.client.workTrend.query({
      from: `${from} 00:00:00`,
      to: `${to} 00:00:00`,
      period,
    });
    const window = { from: Date.parse(from), to: Date.parse(to), now: 0 };
    const { ends } = await endsInLog(window.from);
    expect(workTrend(ends, window, period)).toEqual(rows);
    return rows;
  };

  it('every week from Monday, UTC, has a row, with zeros if empty, as in the project log', async () => {
    const rows = await trend('weekly');
    expect(
      rows.map((row) => [
        row.period_start,
        row.completed_tasks,
        row.task_runs,
        row.failed_runs,
        row.commands,
      ]),
    ).toEqual([
      // OLD-0 ended in the last millisecond of Sunday.
      ['2026-02-23', 1, 1, 0, 0],
      ['2026-03-02', 1, 2, 1, 1],
      ['2026-03-09', 2, 4, 2, 3],
      ['2026-03-16', 0, 0, 0, 0],
    ]);
    expect(rows.map((row) => row.completed_share_of_largest)).toEqual([0.5, 0.5, 1, 0]);
    expect(rows.map((row) => row.is_partial)).toEqual([0, 0, 0, 0]);
    expect(rows[3]).toMatchObject({
      starts_at: '2026-03-16 00:00:00',
      avg_run_ms: null,
      avg_command_ms: null,
    });
  });

  it.each<[Period, string, string, number]>([
    ['hourly', '2026-03-09', '2026-03-10', 24],
    ['daily', '2026-03-01', '2026-03-17', 16],
    ['monthly', '2026-01-15', '2026-04-10', 4],
  ])('the project log gives the same %s periods, complete or not', async (period, from, to, count) => {
    expect(await trend(period, from, to)).toHaveLength(count);
  });

  it('in a rolling window, the first period is complete', async () => {
    const rows = await store.client.workTrend.query({ days: 7, period: 'daily' });
    const now = Date.now();
    const rolling: LogWindow = { from: now - 7 * 86_400_000, to: null, now };
    expect(workTrend([], widened(rolling, 'daily'), 'daily')).toEqual(rows);
    expect(rows.map(({ is_partial: partial }) => partial)).toEqual([0, 0, 0, 0, 0, 0, 0, 1]);
  });
});

describe('task_trace', () => {
  const story = (rows: { timestamp: string; kind: string; event: string; tool_name: string }[]) =>
    rows.map(({ timestamp, kind, event, tool_name: tool }) => [timestamp.slice(5, 19), kind, event, tool]);
  const withoutIds = <R extends { event_id: string }>(rows: R[]) =>
    rows.map(({ event_id: _, ...row }) => row);
  const fromLog = async (task: string) => {
    const trace = taskTrace(task);
    await gather(logFile(), [trace]);
    return trace.answer();
  };

  it('task_trace has all events of a task across tools, by time, with commands and waves around them', async () => {
    const rows = await store.client.taskTrace.query({ task_id: 'ENH-70' });
    expect(story(rows)).toEqual([
      ['03-09 10:00:00', 'command', 'command_start', 'll-sprint'],
      ['03-09 10:00:01', 'wave', 'wave_start', 'll-sprint'],
      ['03-09 10:03:30', 'task', 'issue_start', 'll-sprint'],
      ['03-09 10:05:00', 'task', 'issue_complete', 'll-sprint'],
      ['03-09 10:05:01', 'wave', 'wave_complete', 'll-sprint'],
      ['03-09 10:15:00', 'command', 'command_end', 'll-sprint'],
      ['03-11 08:00:00', 'command', 'command_start', 'll-auto'],
      ['03-11 08:00:10', 'task', 'issue_start', 'll-auto'],
      ['03-11 08:02:00', 'command', 'command_start', 'npm'],
      ['03-11 08:02:30', 'command', 'command_end', 'npm'],
      ['03-11 08:02:40', 'task', 'issue_complete', 'll-auto'],
      ['03-11 08:02:50', 'command', 'command_end', 'll-auto'],
    ]);
    expect(rows[3]).toMatchObject({ status: 'failure', duration_ms: 90_000, issue_type: 'ENH', wave: '1' });
    expect(rows[5]).toMatchObject({ issues_completed: 3, issues_failed: 1, exit_code: null, status: '' });
    expect(rows[9]).toMatchObject({ status: 'failure', exit_code: 1, phase: 'verify', parent_id: 'c-auto' });
    expect(withoutIds(await fromLog('ENH-70'))).toEqual(withoutIds(rows));
  });

  it('the phases of a task are in their order', async () => {
    const rows = await store.client.taskTrace.query({ task_id: 'BUG-042' });
    expect(rows.map(({ event, phase, name }) => [event, phase || name])).toEqual([
      ['command_start', ''],
      ['wave_start', ''],
      ['issue_start', ''],
      ['issue_phase', 'ready'],
      ['issue_complete', ''],
      ['wave_complete', ''],
      ['command_end', ''],
      ['custom', 'deploy'],
    ]);
    expect(rows[3]).toMatchObject({ duration_ms: 67_200, status: 'success' });
    expect(rows[4]?.phases).toEqual([
      ['ready', 67_200],
      ['implement', 98_500],
      ['verify', 31_300],
    ]);
    expect(withoutIds(await fromLog('BUG-042'))).toEqual(withoutIds(rows));
  });

  it('task_trace names the sessions of the task, and has pages', async () => {
    await store.client.telemetryEvents.ingest([
      makeTelemetryEventRow({ event: 'custom', task_id: 'T-1', session_id: 'session-1', source: 'cli' }),
      makeTelemetryEventRow({ event: 'custom', task_id: 'T-1', session_id: 'session-1', source: 'cli' }),
    ]);
    await store.client.sessionSummaries.ingest([
      makeSessionSummaryRow({ session_id: 'session-1' }),
      makeSessionSummaryRow({ session_id: 'session-2' }),
    ]);
    const rows = await store.client.taskTrace.query({ task_id: 'T-1' });
    expect(rows.map(({ kind, session_id: id }) => [kind, id])).toEqual([
      ['session', 'session-1'],
      ['event', 'session-1'],
      ['event', 'session-1'],
    ]);
    expect(rows[0]).toMatchObject({ timestamp: '2026-03-02 11:00:00.000', duration_ms: 3_600_000 });
    const first = await store.client.taskTrace.query({ task_id: 'T-1', limit: 2 });
    const rest = await store.client.taskTrace.query({
      task_id: 'T-1',
      after_time: first[1]!.timestamp,
      after_event: first[1]!.event_id,
    });
    expect([...first, ...rest]).toEqual(rows);
  });

  it('task_trace is empty for an unknown task', async () => {
    expect(await store.client.taskTrace.query({ task_id: 'T-0' })).toEqual([]);
    expect(await fromLog('T-0')).toEqual([]);
  });
});
