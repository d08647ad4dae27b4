/** Findings about what was lost, or is about to be. */
import { plural } from '../../base/format/counts.js';
import { unreadWords } from '../shared/history.js';
import type { Finding } from './finding.js';
import { isExpiring, wasLosing, type Status } from './state.js';

const finding = (
  severity: Finding['severity'],
  id: string,
  what: string,
  why: string,
  command: string | null,
): Finding => ({ id, class: 'loss', severity, what, why, command });

/** @param now milliseconds since 1970 */
export function lossFindings(current: Status, now: number): Finding[] {
  const { damaged, unread_history: unread, transcripts } = current;
  const counted: [number, Finding][] = [
    [
      current.lost_events,
      finding(
        wasLosing(current, now) ? 'problem' : 'hint',
        'events_lost',
        `${plural(current.lost_events, 'event')} could not be written, the last at ${current.last_lost_at ?? 'an unknown time'}.`,
        'The disk was full or the folder not writable, or events of OpenTelemetry had no usable time. What they would have told is read from the transcripts.',
        null,
      ),
    ],
    [
      damaged.rows,
      finding(
        'problem',
        'rows_damaged',
        `${plural(damaged.rows, 'row')} on disk ${damaged.rows === 1 ? 'is' : 'are'} damaged (${damaged.reasons[0] ?? 'unknown reason'}).`,
        'They are never sent; their remains are kept in the folder "damaged" beside. Look at them, then delete that folder.',
        null,
      ),
    ],
    [
      current.dropped_rows,
      finding(
        'hint',
        'rows_dropped',
        `${plural(current.dropped_rows, 'row was', 'rows were')} dropped at the limits of the spool.`,
        'The store was away for too long (settings spool_mb, spool_days). spool/dropped.log lists them. The command reads the sessions from their transcripts again.',
        'atel backfill --again',
      ),
    ],
    [
      current.unreadable_events,
      finding(
        'hint',
        'events_unreadable',
        `${plural(current.unreadable_events, 'event was', 'events were')} not JSON.`,
        'A hook was killed while it wrote, or another program wrote into the inbox.',
        null,
      ),
    ],
    [
      current.newer_events,
      finding(
        'hint',
        'events_newer',
        `${plural(current.newer_events, 'emitted event')} of a newer version of atel.`,
        'They are kept, and are read after an update of this one.',
        null,
      ),
    ],
    [
      current.left_out_lines,
      finding(
        'hint',
        'lines_left_out',
        `${plural(current.left_out_lines, 'line')} of transcripts could not be counted.`,
        'They are damaged, or lack an id, a time or numbers. Their tokens are in no total.',
        null,
      ),
    ],
  ];
  const found = counted.filter(([count]) => count > 0).map(([, one]) => one);
  if (unread === null) return found;
  const about = isExpiring(current, now);
  const deletion = transcripts.first_deletion_at?.slice(0, 10) ?? 'an unknown day';
  return [
    ...found,
    finding(
      about ? 'problem' : 'hint',
      about ? 'history_expiring' : 'history_unread',
      `${unreadWords(unread)}.`,
      `Claude Code deletes a transcript ${plural(transcripts.kept_days, 'day')} after its last line (cleanupPeriodDays), the first of these from ${deletion} on. The command reads them all.`,
      'atel backfill',
    ),
  ];
}
