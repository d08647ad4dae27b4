/** The example of LL-25: two weeks of task runs with phases, and what they must add up to. */
import type { EmittedEvent } from '../../../src/index.js';

/** A moment in March 2026, UTC, some seconds after midnight. */
export const at = (day: number, seconds = 0) =>
  new Date(Date.UTC(2026, 2, day) + seconds * 1_000).toISOString();

/** Monday 9 to Sunday 15 March; the week before is 2 to 8 March. */
export const week = { from: '2026-03-09 00:00:00', to: '2026-03-16 00:00:00' };
export const weekBefore = { from: '2026-03-02 00:00:00', to: '2026-03-09 00:00:00' };
export type Window = typeof week;

type Run = [task: string, day: number, ready: number, implement: number, verify: number];

/** Seconds per phase: 60, 90 and 42 on average, 192 s in total (3.2 min). */
const lastWeek: Run[] = [
  ['BUG-91', 2, 60, 90, 42],
  ['BUG-92', 3, 50, 100, 40],
  ['ENH-93', 4, 70, 80, 44],
  ['ENH-94', 5, 60, 90, 42],
];

/** Seconds per phase: 66, 181.2 and 58.8 on average, 306 s in total (5.1 min). */
const thisWeek: Run[] = [
  ['BUG-1', 9, 60, 150, 40],
  ['BUG-2', 10, 66, 160, 50],
  ['BUG-3', 11, 72, 170, 60],
  ['BUG-4', 12, 66, 200, 70],
  ['BUG-5', 12, 60, 180, 60],
  ['ENH-6', 13, 66, 190, 60],
  ['ENH-7', 14, 72, 199.6, 70.4],
  ['ENH-8', 15, 66, 200, 60],
];

/** The runs that fail, in phase verify. */
const failing = new Set(['ENH-6', 'ENH-8']);

/** Reported as in the source document: everything in the event at the end. */
function toldWhole([task, day, ready, implement, verify]: Run): EmittedEvent[] {
  const seconds = ready + implement + verify;
  return [
    { event: 'issue_start', issue_id: task, tool: 'll-sprint', ts: at(day, 100) },
    {
      event: 'issue_complete',
      issue_id: task,
      tool: 'll-sprint',
      ts: at(day, 100 + seconds),
      duration_s: seconds,
      result: 'success',
      phases: { ready, implement, verify },
    },
  ];
}

/** Reported phase by phase: the run time is the time between its start and its end. */
function toldStepwise([task, day, ready, implement, verify]: Run): EmittedEvent[] {
  const about = { task_id: task, tool: 'll-auto' };
  const status = failing.has(task) ? 'failure' : 'success';
  const ended = at(day, 100 + ready + implement + verify);
  return [
    { event: 'issue_start', ...about, timestamp: at(day, 100) },
    { event: 'issue_phase', ...about, phase: 'ready', duration_s: ready, timestamp: at(day, 100 + ready) },
    {
      event: 'issue_phase',
      ...about,
      phase: 'implement',
      duration_s: implement,
      status: 'success',
      timestamp: at(day, 100 + ready + implement),
    },
    { event: 'issue_phase', ...about, phase: 'verify', duration_s: verify, status, timestamp: ended },
    { event: 'issue_complete', ...about, status, timestamp: ended },
  ];
}

/**
 * The example of LL-25: the average time per issue rose from 3.2 to 5.1 minutes (by 114 s), 80 % of it (91.2 s) in
 * phase implement, and 2 of 8 issues failed in phase verify, both ENH.
 */
export const taskExample = (): EmittedEvent[] => [
  ...lastWeek.flatMap(toldWhole),
  ...thisWeek.slice(0, 4).flatMap(toldWhole),
  ...thisWeek.slice(4).flatMap(toldStepwise),
];

const inMay = (seconds: number) => new Date(Date.UTC(2026, 4, 5) + seconds * 1_000).toISOString();

/** Two tasks in a week of May. One of them was completed, and one has a phase with a name that is too long. */
export const phasesExample = (): EmittedEvent[] => {
  const first = { task_id: 'BUG-11', session_id: 'phases-session', tool: 'll-auto' };
  const second = { ...first, task_id: 'ENH-12' };
  return [
    { event: 'issue_start', ...first, timestamp: inMay(0) },
    { event: 'issue_phase', ...first, phase: 'implement', duration_s: 40, timestamp: inMay(40) },
    { event: 'issue_phase', ...first, phase: 'verify', duration_s: 20, timestamp: inMay(60) },
    { event: 'issue_complete', ...first, status: 'success', timestamp: inMay(80) },
    { event: 'issue_start', ...second, timestamp: inMay(100) },
    {
      event: 'issue_phase',
      ...second,
      phase: 'regenerate-and-compare-all-of-the-golden-files',
      duration_s: 50,
      timestamp: inMay(150),
    },
    { event: 'issue_complete', ...second, status: 'failure', timestamp: inMay(160) },
  ];
};

/**
 * Requests in these phases: 30.9k and 10.9k tokens in implement, 1.9k in verify, 5.9k after it, and 60.9k of the other
 * task.
 */
export const phaseRequests = [
  { seconds: 10, input_tokens: 30_000, cost_usd: 1.5 },
  { seconds: 30, input_tokens: 10_000, cost_usd: 0.75 },
  { seconds: 50, input_tokens: 1_000, cost_usd: 0.05 },
  { seconds: 70, input_tokens: 5_000, cost_usd: null },
  { seconds: 120, input_tokens: 60_000, cost_usd: 12 },
].map(({ seconds, ...usage }) => ({ ...usage, timestamp: inMay(seconds).replace('Z', '') }));
