/**
 * Who wins where an event is reported more than once. The store keeps, of the rows with one identity, that with the
 * highest `version` (see ReplacingMergeTree in the datasources), whichever came first. The rule:
 *
 * - an agent's start: a hook's report before a transcript's, and of two by one source the earlier;
 * - an agent's stop: a hook's report before a transcript's, and of two by one source the later;
 * - a skill's use: a hook's report, which knows how long it took, before a transcript's;
 * - a prompt: a hook's report, which knows the project, before OpenTelemetry's;
 * - any other event has an identity of its own for each source; of OpenTelemetry's reports the later;
 * - a session's summary: the one that was computed last;
 * - a text (tiers 2 and 3): a transcript's report, so that live capture and a backfill leave the same row.
 *
 * Stores hold rows with these numbers: a number that changes makes an old row win over a new one.
 */
import type { EpochMs } from '../base/time/units.js';

/** No time in milliseconds reaches it before the year 2527. */
const ABOVE_EVERY_TIME = 2 ** 44;

/** The version of an agent's start: it falls as the time rises. */
export function startVersion(by: 'hook' | 'transcript', at: EpochMs): number {
  return (by === 'hook' ? 2 * ABOVE_EVERY_TIME : ABOVE_EVERY_TIME) - Math.round(at);
}

/** The version of an agent's stop: it rises with the time. */
export function stopVersion(by: 'hook' | 'transcript', at: EpochMs): number {
  return (by === 'hook' ? ABOVE_EVERY_TIME : 0) + Math.round(at);
}

/** The version of a skill's use. A row without one was written by a hook: the column's default is the same. */
export function skillVersion(by: 'hook' | 'transcript'): number {
  return by === 'hook' ? 2 : 1;
}

/** The version of an event that a hook, a transcript or a user's own tool reports: of these, only copies share an identity. */
export function eventVersion(): number {
  return 1;
}

/** The version of a text: a transcript has it as the model saw it. */
export function contentVersion(by: 'hook' | 'transcript'): number {
  return by === 'transcript' ? 2 : 1;
}

/** The version of an event that OpenTelemetry reports under an identity of its own. */
export function otelEventVersion(at: EpochMs): number {
  return at;
}

/** The version of a prompt that OpenTelemetry reports under the identity that a hook's report has. */
export function otelPromptVersion(): number {
  return eventVersion() - 1;
}

/**
 * The version of a session's summary.
 *
 * @param computedAt when live capture read the transcripts; a backfill gives the time of the session's last line, so
 *   that what live capture computed after that line, and which knows the session's end, wins
 */
export function summaryVersion(computedAt: EpochMs): number {
  return computedAt;
}
