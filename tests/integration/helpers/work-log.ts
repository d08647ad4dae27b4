/** A project log of two weeks with known figures. */
import type { TelemetryEventRow } from '../../../src/catalogue.js';
import { readEmitted } from '../../../src/signals/emitted.js';
import { parseObject } from '../../../src/base/json/json.js';

/**
 * A project log of two weeks in March 2026 (the 2nd and the 9th are Mondays), in ll's names and in ours, with a
 * duplicate line, lines that are not events, and an incomplete last line. The tests have its figures, worked out by
 * hand.
 */
const sprint = [
  `{"ts":"2026-03-09T10:00:00Z","event":"command_start","tool":"ll-sprint","args":["run","sprint 7"],"session_id":"abc123"}`,
  `{"ts":"2026-03-09T10:00:01Z","event":"wave_start","tool":"ll-sprint","wave":1}`,
  `{"ts":"2026-03-09T10:00:05Z","event":"issue_start","tool":"ll-sprint","issue_id":"BUG-042","wave":1}`,
  `{"ts":"2026-03-09T10:01:12Z","event":"issue_phase","tool":"ll-sprint","issue_id":"BUG-042","phase":"ready","duration_s":67.2,"result":"pass"}`,
  `{"ts":"2026-03-09T10:03:22Z","event":"issue_complete","tool":"ll-sprint","issue_id":"BUG-042","duration_s":197,"result":"success","phases":{"ready":67.2,"implement":98.5,"verify":31.3}}`,
  `{"ts":"2026-03-09T10:03:23Z","event":"context_snapshot","estimated_tokens":45000,"tool_calls":23,"breakdown":{"Read":12,"Edit":5,"Bash":6}}`,
  `{"ts":"2026-03-09T10:03:30Z","event":"issue_start","tool":"ll-sprint","issue_id":"ENH-70","wave":1}`,
  `{"ts":"2026-03-09T10:05:00Z","event":"issue_complete","tool":"ll-sprint","issue_id":"ENH-70","duration_s":90,"result":"failed","issue_type":"ENH","wave":1}`,
  `{"ts":"2026-03-09T10:05:01Z","event":"wave_end","tool":"ll-sprint","wave":1,"issues_completed":1,"issues_failed":1}`,
  `{"ts":"2026-03-09T10:15:00Z","event":"command_end","tool":"ll-sprint","duration_s":900,"issues_completed":3,"issues_failed":1}`,
];

const retried = `{"event_id":"e-15","timestamp":"2026-03-11T08:02:40.000Z","event":"issue_complete","task_id":"ENH-70","tool":"ll-auto","parent_id":"c-auto","status":"success","duration_ms":150000,"extra":{"deep":["x, \\"y\\""]}}`;

const retry = [
  `{"event_id":"e-11","timestamp":"2026-03-11T08:00:00.000Z","event":"command_start","tool":"ll-auto","command_id":"c-auto","session_id":"s-2"}`,
  `{"event_id":"e-12","timestamp":"2026-03-11T08:00:10.000Z","event":"issue_start","task_id":"ENH-70","tool":"ll-auto","parent_id":"c-auto"}`,
  `{"event_id":"e-13","timestamp":"2026-03-11T08:02:00.000Z","event":"command_start","task_id":"ENH-70","phase":"verify","tool":"npm","command_id":"c-npm","parent_id":"c-auto"}`,
  `{"event_id":"e-14","timestamp":"2026-03-11T08:02:30.000Z","event":"command_end","task_id":"ENH-70","phase":"verify","tool":"npm","command_id":"c-npm","parent_id":"c-auto","duration_ms":30000,"exit_code":1,"status":"failure"}`,
  retried,
  `{"event_id":"e-17","timestamp":"2026-03-11T08:02:45.000Z","event":"context_snapshot","session_id":"s-2","estimated_tokens":9000,"tool_calls":10,"breakdown":{"Read":4,"Bash":6}}`,
  `{"event_id":"e-18","timestamp":"2026-03-11T08:02:49.000Z","event":"context_snapshot","session_id":"s-2","estimated_tokens":9500,"tool_calls":14,"breakdown":{"Read":5,"Bash":9}}`,
  `{"event_id":"e-16","timestamp":"2026-03-11T08:02:50.000Z","event":"command_end","tool":"ll-auto","command_id":"c-auto","session_id":"s-2","duration_ms":170000,"exit_code":0,"status":"success"}`,
];

const others = [
  `{"event_id":"e-19","timestamp":"2026-03-12T09:00:00.000Z","event":"issue_complete","task_id":"DOC-1","tool":"ll-auto","status":"skipped","duration_ms":100}`,
  `{"event_id":"e-20","timestamp":"2026-03-15T23:59:59.999Z","event":"issue_complete","task_id":"BUG-9","tool":"ll-auto","status":"timeout","duration_ms":600000}`,
  `{"event_id":"e-25","timestamp":"2026-03-16T00:00:00.000Z","event":"custom","name":"deploy","task_id":"BUG-042","status":"failure"}`,
];

const weekBefore = [
  `{"event_id":"e-24","timestamp":"2026-03-01T23:59:59.999Z","event":"issue_complete","task_id":"OLD-0","tool":"ll-auto","status":"success","duration_ms":1000}`,
  `{"event_id":"e-21","timestamp":"2026-03-02T00:00:00.000Z","event":"issue_complete","task_id":"OLD-1","tool":"ll-auto","status":"success","duration_ms":200000}`,
  `{"ts":"2026-03-04T12:00:00Z","event":"issue_complete","issue_id":"OLD-2","tool":"ll-sprint","result":"failure","duration_s":100}`,
  `{"event_id":"e-23","timestamp":"2026-03-08T23:59:59.999Z","event":"command_end","tool":"ll-auto","duration_ms":300000,"exit_code":0,"status":"success"}`,
];

/** The lines with an event, without duplicates, not in order of time. */
export const workLines = [...sprint, ...retry, ...others, ...weekBefore];

/**
 * The whole file: 25 events, one of them twice; a line that is not JSON, one without a time, and an incomplete last
 * line.
 */
export const workLog = `${[...sprint, 'no JSON', ...retry, retried, ...others, '', '{"event":"custom","name":"undated"}', ...weekBefore].join('\n')}\n{"event_id":"half","time`;

/** Events as rows, made like those of emitted events; by default the events of the log. */
export function workRows(lines: readonly string[] = workLines): TelemetryEventRow[] {
  const recorder = { device: 'test', privacyTier: 1, origin: 'live' } as const;
  return lines.flatMap((line, index) => {
    const signal = readEmitted(parseObject(line)!, `line-${index}`, recorder);
    return signal?.table === 'telemetry_events' ? [signal.row] : [];
  });
}
