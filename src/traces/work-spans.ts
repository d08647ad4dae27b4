/**
 * The events of the user's own tools (`emit`, `atel run`) as traces: command → wave → issue → phase.
 *
 * An event belongs to the command that it names (`command_id`), else to the open command of the same tool, project,
 * device and session, else to the enclosing `atel run` (`parent_id`). An issue belongs to the wave that it names, else
 * to the only open one. Anything without a parent is the root of a trace of its own.
 */
import type { InferOutputRow } from '@tinybirdco/sdk';
import type { emittedEvents } from '../pipes/index.js';
import { asCount, asObject, parseObject, type Json } from '../base/json/json.js';
import { fromStoreTime } from '../base/time/store-time.js';
import { sessionSpanId } from './session-spans.js';
import { known, spanIdOf, traceIdOf, type AttributeValue, type Span } from './span.js';
import type { EpochMs, Ms } from '../base/time/units.js';

/** An event as a row of the pipe emitted_events. */
export type WorkEvent = InferOutputRow<typeof emittedEvents>;

interface Emitted {
  row: WorkEvent;
  at: EpochMs;
  payload: Json;
}

/** A future span. */
interface Work {
  kind: 'command' | 'wave' | 'issue' | 'phase';
  /** Identity within its kind. */
  id: readonly string[];
  name: string;
  parent: Work | null;
  started: EpochMs | null;
  ended: EpochMs | null;
  durationMs: Ms | null;
  status: string;
  errorClass: string;
  project: string;
  sessionId: string;
  attributes: Record<string, AttributeValue>;
  events: Span['events'];
  /** Time of the first and the last event about it or its children. */
  extent: [first: number, last: number];
}

/** The order of events with the same time: starts before ends. */
const order = [
  'command_start',
  'wave_start',
  'issue_start',
  'issue_phase',
  '',
  'issue_complete',
  'wave_complete',
  'command_end',
];

/** The spans of some events, parents before their children. Pure. */
export function spansOfWork(rows: readonly WorkEvent[]): Span[] {
  const emitted = rows.map((row): Emitted => ({
    row,
    at: fromStoreTime(row.timestamp),
    payload: parseObject(row.payload) ?? {},
  }));
  const rank = ({ row }: Emitted) => {
    const place = order.indexOf(row.event);
    return place === -1 ? order.indexOf('') : place;
  };
  emitted.sort((a, b) => a.at - b.at || rank(a) - rank(b) || (a.row.event_id < b.row.event_id ? -1 : 1));
  const builder = new SpanBuilder();
  for (const one of emitted) builder.take(one);
  return builder.spans();
}

/** Assembles events into spans, in order of time. */
class SpanBuilder {
  readonly #all: Work[] = [];
  readonly #commands = new Map<string, Work>();
  /** Open commands without an id of their own, by source. */
  readonly #open = new Map<string, Work[]>();
  readonly #waves = new Map<string, Work>();
  /** The open run of each issue, by command and issue. */
  readonly #issues = new Map<string, Work>();
  readonly #phases = new Map<Work, Work[]>();

  take(emitted: Emitted): void {
    const work = this.#workOf(emitted);
    if (work === undefined) return;
    // An event extends the time of all ancestors too.
    for (let above: Work | null = work; above !== null; above = above.parent)
      above.extent = [Math.min(above.extent[0], emitted.at), Math.max(above.extent[1], emitted.at)];
    if (work.sessionId === '') work.sessionId = emitted.row.session_id;
    if (work.project === '') work.project = emitted.row.project;
  }

  #workOf(emitted: Emitted): Work | undefined {
    switch (emitted.row.event) {
      case 'command_start':
        return begin(this.#command(emitted), emitted);
      case 'command_end':
        return this.#endCommand(emitted);
      case 'wave_start':
        return begin(this.#wave(emitted), emitted);
      case 'wave_complete':
        return end(this.#wave(emitted), emitted, tally(emitted));
      case 'issue_start':
        return begin(this.#issue(emitted), emitted);
      case 'issue_phase':
        return this.#phase(emitted);
      case 'issue_complete':
        return this.#endIssue(emitted);
      default:
        return this.#note(emitted);
    }
  }

  #make(
    kind: Work['kind'],
    id: readonly string[],
    name: string,
    parent: Work | null,
    emitted: Emitted,
  ): Work {
    const work: Work = {
      kind,
      id,
      name,
      parent,
      started: null,
      ended: null,
      durationMs: null,
      status: '',
      errorClass: '',
      project: emitted.row.project,
      sessionId: emitted.row.session_id,
      attributes: {},
      events: [],
      extent: [emitted.at, emitted.at],
    };
    this.#all.push(work);
    return work;
  }

  /** The command that an event starts. */
  #command(emitted: Emitted): Work {
    const id = wordOf(emitted.payload.command_id);
    const command = this.#commandOf(id === '' ? emitted.row.event_id : id, emitted);
    command.name = emitted.row.tool_name;
    command.parent ??= this.#around(emitted, command);
    if (id === '') {
      const source = sourceOf(emitted);
      this.#open.set(source, [...(this.#open.get(source) ?? []), command]);
    }
    return command;
  }

  #commandOf(id: string, emitted: Emitted): Work {
    const seen = this.#commands.get(id);
    if (seen !== undefined) return seen;
    const command = this.#make('command', [id], '', null, emitted);
    this.#commands.set(id, command);
    return command;
  }

  /** The `atel run` that an event happened in. */
  #around(emitted: Emitted, below: Work): Work | null {
    const id = wordOf(emitted.payload.parent_id);
    if (id === '') return null;
    const around = this.#commandOf(id, emitted);
    for (let above: Work | null = around; above !== null; above = above.parent)
      if (above === below) return null;
    return around;
  }

  #endCommand(emitted: Emitted): Work {
    const id = wordOf(emitted.payload.command_id);
    const open = this.#open.get(sourceOf(emitted)) ?? [];
    const command =
      (id === '' ? open.pop() : undefined) ?? this.#commandOf(id || emitted.row.event_id, emitted);
    if (command.name === '') command.name = emitted.row.tool_name;
    command.parent ??= this.#around(emitted, command);
    return end(command, emitted, {
      ...tally(emitted),
      'process.exit.code': asCount(emitted.payload.exit_code),
    });
  }

  /** The command that an event belongs to; null if there is none. */
  #owner(emitted: Emitted): Work | null {
    const id = wordOf(emitted.payload.command_id) || wordOf(emitted.payload.parent_id);
    const named = wordOf(emitted.payload.command_id);
    if (named !== '') return this.#commandOf(named, emitted);
    const open = this.#open.get(sourceOf(emitted))?.at(-1);
    return open ?? (id === '' ? null : this.#commandOf(id, emitted));
  }

  #wave(emitted: Emitted): Work {
    const owner = this.#owner(emitted);
    const wave = wordOf(emitted.payload.wave);
    const key = waveKey(owner, wave, emitted);
    const seen = this.#waves.get(key);
    if (seen !== undefined) return seen;
    const made = this.#make('wave', [...(owner?.id ?? []), emitted.row.event_id], wave, owner, emitted);
    this.#waves.set(key, made);
    return made;
  }

  /** The wave of an issue: the one that it names, else the only open wave of its command. */
  #waveAround(owner: Work | null, emitted: Emitted): Work | undefined {
    const wave = wordOf(emitted.payload.wave);
    if (wave !== '') return this.#waves.get(waveKey(owner, wave, emitted));
    if (owner === null) return undefined;
    const open = [...this.#waves.values()].filter(
      ({ parent, started, ended }) => parent === owner && started !== null && ended === null,
    );
    return open.length === 1 ? open[0] : undefined;
  }

  /** The run of an issue that an event belongs to: a start, or the first event after an end, begins another run. */
  #issue(emitted: Emitted): Work {
    const owner = this.#owner(emitted);
    const key = JSON.stringify([owner?.id ?? sourceOf(emitted), emitted.row.project, emitted.row.task_id]);
    const seen = this.#issues.get(key);
    const isOpen = seen?.ended === null && (emitted.row.event !== 'issue_start' || seen.started === null);
    if (isOpen) return seen;
    const parent = this.#waveAround(owner, emitted) ?? owner;
    const made = this.#make('issue', [emitted.row.event_id], emitted.row.task_id, parent, emitted);
    this.#issues.set(key, made);
    return made;
  }

  #endIssue(emitted: Emitted): Work {
    const issue = this.#issue(emitted);
    const phases = this.#phases.get(issue) ?? [];
    for (const phase of phases) phase.ended ??= emitted.at;
    const issueType = wordOf(emitted.payload.issue_type);
    end(issue, emitted, { 'agent_telemetry.issue.type': issueType });
    if (phases.length === 0) this.#layPhases(issue, emitted);
    if (isFailure(issue.status)) {
      const failed = this.#phases.get(issue)?.find(({ name }) => name === emitted.row.phase);
      if (failed?.status === '') [failed.status, failed.errorClass] = [issue.status, issue.errorClass];
    }
    return issue;
  }

  /** Adds phases for which only durations were reported, one after the other from the issue's start. */
  #layPhases(issue: Work, emitted: Emitted): void {
    const lengths = Object.entries(asObject(emitted.payload.phases_ms) ?? {}).flatMap(([name, value]) => {
      const ms = asCount(value);
      return ms === undefined ? [] : [{ name, ms }];
    });
    if (issue.started === null && lengths.length > 0)
      issue.durationMs ??= lengths.reduce((sum, { ms }) => sum + ms, 0);
    let at = startOf(issue);
    for (const { name, ms } of lengths) {
      const phase = this.#addPhase(issue, name, emitted);
      [phase.started, phase.ended, phase.durationMs] = [at, at + ms, ms];
      phase.attributes['agent_telemetry.time_laid_out'] = true;
      at += ms;
    }
  }

  #addPhase(issue: Work, name: string, emitted: Emitted): Work {
    const before = this.#phases.get(issue) ?? [];
    const phase = this.#make('phase', [...issue.id, name, String(before.length)], name, issue, emitted);
    this.#phases.set(issue, [...before, phase]);
    return phase;
  }

  /**
   * A phase with a duration or a status is over. Without them it begins, and lasts until the next phase or the end of
   * the issue. An end joins the open phase of the same name.
   */
  #phase(emitted: Emitted): Work {
    const issue = this.#issue(emitted);
    const { duration_ms: ms, status, phase: name } = emitted.row;
    const isOver = ms !== null || (status !== '' && status !== 'running');
    const last = this.#phases.get(issue)?.at(-1);
    if (isOver) {
      const phase = last?.name === name && last.ended === null ? last : this.#addPhase(issue, name, emitted);
      return end(phase, emitted, {});
    }
    if (last !== undefined) last.ended ??= emitted.at;
    return begin(this.#addPhase(issue, name, emitted), emitted);
  }

  /** Any other event becomes a span event of its issue, or of its command. */
  #note(emitted: Emitted): Work | undefined {
    const owner = this.#owner(emitted);
    const key = JSON.stringify([owner?.id ?? sourceOf(emitted), emitted.row.project, emitted.row.task_id]);
    const work = (emitted.row.task_id === '' ? undefined : this.#issues.get(key)) ?? owner ?? undefined;
    work?.events.push({
      at: emitted.at,
      name: wordOf(emitted.payload.name) || emitted.row.event,
      attributes: known({
        'agent_telemetry.estimated_tokens': asCount(emitted.payload.estimated_tokens),
        'agent_telemetry.tool_calls': asCount(emitted.payload.tool_calls),
        'agent_telemetry.status': emitted.row.status,
      }),
    });
    return work;
  }

  spans(): Span[] {
    const depth = (work: Work): number => (work.parent === null ? 0 : 1 + depth(work.parent));
    return this.#all
      .map((work) => ({ work, depth: depth(work) }))
      .sort((a, b) => a.depth - b.depth)
      .map(({ work }) => spanOf(work));
  }
}

function spanOf(work: Work): Span {
  const root = rootOf(work);
  const start = startOf(work);
  const failed = isFailure(work.status);
  const links =
    work === root && work.sessionId !== ''
      ? [{ traceId: traceIdOf('session', work.sessionId), spanId: sessionSpanId(work.sessionId) }]
      : [];
  const issue = work.kind === 'phase' ? work.parent : work;
  const error = failed ? work.errorClass || work.status : null;
  return {
    traceId: traceIdOf(root.kind === 'command' ? 'command' : 'issue', ...root.id),
    spanId: idOf(work),
    parentSpanId: work.parent === null ? '' : idOf(work.parent),
    name: [work.kind, work.name].filter((part) => part !== '').join(' '),
    kind: 'internal',
    start,
    end: Math.max(start, work.ended ?? (issue ?? work).extent[1]),
    error,
    attributes: known({
      'gen_ai.conversation.id': work.sessionId,
      'agent_telemetry.project': work.project,
      'agent_telemetry.task.id': issue?.kind === 'issue' ? issue.name : null,
      'agent_telemetry.phase': work.kind === 'phase' ? work.name : null,
      'agent_telemetry.wave': work.kind === 'wave' ? work.name : null,
      'process.executable.name': work.kind === 'command' ? work.name : null,
      'agent_telemetry.status': work.status,
      'error.type': error,
      'agent_telemetry.duration_known':
        work.ended === null || (work.started === null && work.durationMs === null) ? false : null,
      ...work.attributes,
    }),
    events: work.events,
    links,
    isOver: work.ended !== null,
  };
}

function idOf(work: Work): string {
  return spanIdOf(work.kind, ...work.id);
}

function rootOf(work: Work): Work {
  return work.parent === null ? work : rootOf(work.parent);
}

/** The reported start, else the end less the duration, else the time of the first event. */
function startOf({ started, ended, durationMs, extent }: Work): number {
  if (started !== null) return started;
  return ended !== null && durationMs !== null ? ended - durationMs : extent[0];
}

function begin(work: Work, { at }: Emitted): Work {
  work.started ??= at;
  return work;
}

function end(
  work: Work,
  { row, at }: Emitted,
  attributes: Readonly<Record<string, AttributeValue | undefined>>,
): Work {
  work.ended = at;
  work.durationMs = row.duration_ms;
  work.status = row.status;
  work.errorClass = row.error_class;
  Object.assign(work.attributes, known(attributes));
  return work;
}

function tally({ payload }: Emitted) {
  return {
    'agent_telemetry.issues': asCount(payload.issues),
    'agent_telemetry.issues_completed': asCount(payload.issues_completed),
    'agent_telemetry.issues_failed': asCount(payload.issues_failed),
  };
}

function isFailure(status: string): boolean {
  return status === 'failure' || status === 'timeout';
}

/**
 * The source of an event: project, device, tool, session and enclosing command. Commands of one source without an id
 * end in the reverse order of their starts.
 */
function sourceOf({ row, payload }: Emitted): string {
  return JSON.stringify([row.project, row.device, row.tool_name, row.session_id, wordOf(payload.parent_id)]);
}

function waveKey(owner: Work | null, wave: string, emitted: Emitted): string {
  return JSON.stringify([owner?.id ?? sourceOf(emitted), wave]);
}

/** An id, a name or a number as text; empty for anything else. */
function wordOf(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}
