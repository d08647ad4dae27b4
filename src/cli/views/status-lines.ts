/** The output of `atel status` for a person. */
import { existsSync } from 'node:fs';
import { grouped, plural } from '../../base/format/counts.js';
import { withoutControls } from '../../store/store-error.js';
import { hookTroubles, wherever } from '../diagnosis/hook-troubles.js';
import { isExpiring, stateOf, type Status } from '../diagnosis/state.js';
import { captureLines } from '../install/capture-status.js';
import { aboutTier } from '../../signals/privacy/tier.js';
import type { Terminal } from '../render/terminal.js';
import { fit, whole, wrap } from '../render/text.js';
import { unreadWords } from '../shared/history.js';

/** Width of the column of names. */
const COLUMN = 12;

type Fact = [name: string, fact: string, colour?: ((text: string) => string) | undefined];

/** The facts, one under another, each with its name. */
export function statusLines(current: Status, { paint, width }: Terminal): string[] {
  const {
    store,
    recording,
    waiting,
    refused,
    dropped_rows: dropped,
    newer_events: newer,
    unreadable_events: unreadable,
    damaged,
    left_out_lines: leftOut,
  } = current;
  const captured = captureLines(current.capture);
  const batches = plural(waiting.batches, 'batch', 'batches');
  const facts: Fact[] = [
    ['Store', `${store.url} (${whereabouts(store.local)})`, store.local ? undefined : paint.yellow],
    storeFact(current, paint),
    // Both are served together with the embedded store.
    ['Dashboard', servedText(current.dashboard, store.local)],
    ['API', servedText(current.api, store.local)],
    ['Collector', servedText(current.collector, store.local)],
    [
      'Recording',
      recording.enabled
        ? `on, privacy tier ${recording.privacy_tier} (${aboutTier[recording.privacy_tier]})`
        : 'off',
    ],
    ['Kept', keptText(current)],
    ...hookFacts(current, paint),
    ...captured.otel.map((line, index): Fact => [index === 0 ? 'OTel' : '', line]),
    ['Folder', recording.folder],
    ['', existsSync(recording.folder) ? '' : 'not there yet: run atel init', paint.yellow],
    ['', current.folder_problem ?? '', paint.red],
    ['', current.program_problem ?? '', paint.red],
    ['Waiting', `${plural(waiting.events, 'event')}, ${batches} (${plural(waiting.bytes, 'byte')})`],
    ['Refused', refusedText(refused), refused.rows > 0 ? paint.red : undefined],
    // The reason for a quarantine can fill a screen; --json shows all of it.
    ...refused.reasons.map((reason): Fact => ['', fit(reason, 2 * (width - COLUMN))]),
    ['Damaged', damaged.rows === 0 ? '' : `${plural(damaged.rows, 'row')} on disk`, paint.red],
    ...damaged.reasons.map((reason): Fact => ['', reason]),
    [
      'Newer',
      newer === 0 ? '' : `${plural(newer, 'emitted event')} of a newer version of atel: update this one`,
      paint.yellow,
    ],
    [
      'Left out',
      leftOut === 0
        ? ''
        : `${plural(leftOut, 'line')} of transcripts, damaged or without an id, a time or numbers`,
      paint.yellow,
    ],
    ['Dropped', dropped === 0 ? '' : `${plural(dropped, 'row')} at the limits of the spool`, paint.red],
    ['Redacted', redactedText(current.redacted)],
    [
      'Unreadable',
      unreadable === 0 ? '' : `${plural(unreadable, 'event that was', 'events that were')} not JSON`,
      paint.red,
    ],
    [
      'Lost',
      current.lost_events === 0
        ? ''
        : `${plural(current.lost_events, 'event')} that could not be written, last at ${current.last_lost_at ?? 'an unknown time'}`,
      paint.red,
    ],
    ['Delivered', current.last_stored_at ?? 'nothing yet'],
    [
      'History',
      current.unread_history === null
        ? ''
        : `${unreadWords(current.unread_history)}: atel backfill reads them`,
      paint.yellow,
    ],
    ['Retention', retentionText(current), isExpiring(current) ? paint.yellow : undefined],
    ['Client', clientText(current)],
    ['Layers', layersText(current)],
    ['Costs', costsText(current)],
    ...problemFacts(current, paint),
    ...current.project_logs.flatMap(({ file, pruned_at, removed, problem }, index): Fact[] => [
      [index === 0 ? 'Pruned' : '', withoutControls(file)],
      problem === null
        ? ['', pruned_at === null ? 'not yet' : `${pruned_at}, ${plural(removed, 'event')} removed`]
        : ['', `failed: ${problem}`, paint.red],
    ]),
    ...exportFacts(current, paint),
    ...failureFacts(current),
  ];
  return facts
    .filter(([, fact]) => fact !== '')
    .flatMap(([name, fact, colour = String]) =>
      wrap(fact, width - COLUMN, '', whole).map(
        (line, index) => paint.dim((index === 0 ? name : '').padEnd(COLUMN)) + colour(line),
      ),
    );
}

/** Where our hooks are, and what keeps them from running. */
function hookFacts({ capture }: Status, paint: Terminal['paint']): Fact[] {
  const places = capture.hooks.map(wherever);
  const troubles = capture.hooks.flatMap(hookTroubles);
  const off = captureLines(capture).hooks;
  const lines: [string, Fact[2]][] = [
    [places.join(' and '), undefined],
    [places.length === 0 ? 'none in your settings and in those of this folder: atel init' : '', paint.yellow],
    ...[...troubles, ...off].map((line): [string, Fact[2]] => [line, paint.yellow]),
  ];
  return lines
    .filter(([line]) => line !== '')
    .map(([line, colour], index): Fact => [index === 0 ? 'Hooks' : '', line, colour]);
}

/** How many rows were refused, and how many of them are in quarantine if not all: the reasons tell it of all. */
function refusedText({ rows, quarantined_rows: quarantined }: Status['refused']): string {
  const some =
    quarantined === 0 || quarantined === rows ? '' : `, ${grouped(quarantined)} of them quarantined`;
  return plural(rows, 'row') + some;
}

/** When the client deletes transcripts that were never read; empty if all were read. */
function retentionText({ transcripts }: Status): string {
  const { kept_days: days, first_deletion_at: at } = transcripts;
  return at === null
    ? ''
    : `Claude Code keeps transcripts for ${plural(days, 'day')}; it deletes the first of these from ${at.slice(0, 10)} on`;
}

function clientText({ client }: Status): string {
  return client === null
    ? ''
    : `Claude Code ${client.version ?? 'of an unknown version'}, by the newest transcript`;
}

/** Which layers saw how many of the newest sessions. */
function layersText({ layers }: Status): string {
  if (layers === null || layers.length === 0) return '';
  const counts = [
    ['hooks', layers.filter((row) => row.seen_by_hook === 1).length],
    ['transcripts', layers.filter((row) => row.seen_by_transcript === 1).length],
    ['OpenTelemetry', layers.filter((row) => row.seen_by_otel === 1).length],
  ] as const;
  const seen = counts.map(([layer, sessions]) => `${layer} saw ${grouped(sessions)}`).join(', ');
  return `of the newest ${plural(layers.length, 'session')} of 7 days, ${seen}`;
}

/** The last failure of each part of the program. */
function failureFacts({ last_failures: failures }: Status): Fact[] {
  return failures.map(({ part, at, message }, index) => [
    index === 0 ? 'Log' : '',
    `${at.slice(0, 19)}Z ${part}: ${message}`,
  ]);
}

/** How many sessions agree with the client's own totals; empty if none can be compared. */
function costsText({ costs }: Status): string {
  if (costs === null || costs.compared === 0) return '';
  return `${grouped(costs.equal)} of ${plural(costs.compared, 'session')} of 7 days agree with the client's own total (atel audit)`;
}

/** What prevents rows from being delivered: the store as a whole, or single tables. */
function problemFacts(
  { delivery_problem: problem, refused_tables: tables }: Status,
  paint: Terminal['paint'],
): Fact[] {
  const lines = tables.map(({ table, problem: reason }) => `${table}: ${reason}`);
  if (problem !== null && !lines.includes(problem)) lines.unshift(problem);
  return lines.map((line, index): Fact => [index === 0 ? 'Problem' : '', line, paint.red]);
}

/** How many secrets were redacted, the most frequent kind first; empty if none. */
function redactedText(redacted: Status['redacted']): string {
  const kinds = Object.entries(redacted).sort(([a, x], [b, y]) => y - x || a.localeCompare(b));
  if (kinds.length === 0) return '';
  const total = kinds.reduce((sum, [, count]) => sum + count, 0);
  const counts = kinds.map(([kind, count]) => `${grouped(count)} ${kind}`).join(', ');
  return `${plural(total, 'secret')} before anything was stored: ${counts}`;
}

/** The state of the store. */
function storeFact(current: Status, paint: Terminal['paint']): Fact {
  const { problem, process } = current.store;
  switch (stateOf(current)) {
    case 'answers':
      return ['', 'answers', paint.green];
    case 'asleep':
      return ['', 'asleep: it starts with the next session, or by atel up --detach'];
    case 'starting':
      return ['', `starting (process ${process?.pid ?? ''})`, paint.yellow];
    case 'silent':
      return [
        '',
        `not answering: process ${process?.pid ?? ''} serves it since ${process?.since ?? ''} (atel down stops it)`,
        paint.red,
      ];
    case 'troubled':
      return ['', problem?.message ?? '', paint.red];
  }
}

/** The facts about the always-on export. */
function exportFacts({ otel_export: traces }: Status, paint: Terminal['paint']): Fact[] {
  if (traces === null) return [];
  const { url, local, problem, waiting_traces: waiting } = traces;
  const refused = traces.refused_spans > 0 ? `, ${grouped(traces.refused_spans)} refused` : '';
  const sent = `${plural(traces.sent_spans, 'span')} sent${refused}, last ${traces.last_sent_at ?? 'never'}`;
  return [
    ['Traces', `${url} (${whereabouts(local)})`, local ? undefined : paint.yellow],
    ['', `${sent}; ${waiting === 1 ? '1 trace waits' : `${plural(waiting, 'trace')} wait`}`],
    ['', problem ?? '', paint.red],
  ];
}

function servedText({ url, answers }: Status['api'], isEmbedded: boolean): string {
  return answers ? url : `${url} (not served: ${isEmbedded ? 'atel up --detach' : 'atel up'})`;
}

function whereabouts(local: boolean): string {
  return local ? 'this machine' : 'REMOTE: data leaves this machine';
}

/** How long rows are kept, if not for ever. */
function keptText({ retention, recording }: Status): string {
  const { days, contents_days: ofTexts } = retention;
  return [
    days === null ? '' : `${plural(days, 'day')}, then removed (retention_days)`,
    recording.privacy_tier === 1 || ofTexts === null
      ? ''
      : `texts for ${plural(ofTexts, 'day')} (contents_days)`,
  ]
    .filter((part) => part !== '')
    .join('; ');
}
