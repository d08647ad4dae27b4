/** Reads the content of traces from the store, through its pipes. */
import type { InferOutputRow } from '@tinybirdco/sdk';
import type { TinybirdClient } from '../store/client-types.js';
import type { emittedEvents, sessionList } from '../pipes/index.js';
import { pages } from '../base/pages.js';
import { afterSession, placeOfSession } from '../pipes/parts/session-place.js';
import { storeTime } from '../base/time/store-time.js';
import { spansOfSessions, type SessionFact } from './session-spans.js';
import type { Span } from './span.js';
import { spansOfWork, type WorkEvent } from './work-spans.js';

/** The queries that traces are read with. */
export interface TraceSource {
  sessions(params: SessionsAsked): Promise<InferOutputRow<typeof sessionList>[]>;
  spans(params: { session_id: string }): Promise<SessionFact[]>;
  events(params: EventsAsked): Promise<InferOutputRow<typeof emittedEvents>[]>;
}

/** The traces of a client's store. */
export function sourceOf(client: TinybirdClient): TraceSource {
  return {
    sessions: client.sessionList.query,
    spans: client.sessionSpans.query,
    events: client.emittedEvents.query,
  };
}

interface Time {
  days?: number;
  from?: Date;
  to?: Date;
  project?: string;
}

interface SessionsAsked extends Time {
  limit: number;
  after_figure?: number;
  after_session?: string;
}

interface EventsAsked extends Time {
  limit: number;
  after_time?: string;
  after_id?: string;
}

/** Sessions and events per page. */
const PAGE = 1_000;
/** Total requests and tool calls of the sessions in one query. */
const TOGETHER_STEPS = 10_000;
const TOGETHER_SESSIONS = 100;

/** How long before the requested window a command may have begun and still be exported whole, milliseconds. */
const LONGEST_WORK_MS = 7 * 86_400_000;

/** The traces of the sessions that were active in the window, each whole, some sessions at a time. */
export async function* sessionTraces(
  source: TraceSource,
  time: Time,
): AsyncGenerator<{ spans: Span[]; sessions: number }> {
  const sessions = pages(
    PAGE,
    (after: ReturnType<typeof afterSession> | undefined) =>
      source.sessions({ ...time, ...after, limit: PAGE }),
    (last) => afterSession(placeOfSession(last)),
  );
  for await (const page of sessions)
    for (const ids of together(page))
      yield {
        spans: spansOfSessions(await source.spans({ session_id: ids.join(',') })),
        sessions: ids.length,
      };
}

function together(sessions: readonly InferOutputRow<typeof sessionList>[]): string[][] {
  const groups: string[][] = [];
  let steps = Infinity;
  for (const { session_id: id, request_count: requests, tool_calls: calls } of sessions) {
    const own = requests + (calls ?? 0);
    const open = groups.at(-1);
    if (open === undefined || open.length >= TOGETHER_SESSIONS || steps + own > TOGETHER_STEPS) {
      groups.push([id]);
      steps = own;
    } else {
      open.push(id);
      steps += own;
    }
  }
  return groups;
}

/**
 * The traces of the events of the user's own tools in the window. A trace is whole if its command began at most {@link
 * LONGEST_WORK_MS} earlier.
 */
export async function workTraces(
  source: TraceSource,
  from: Date,
  to: Date | null,
  project?: string,
): Promise<Span[]> {
  const events = await eventsOf(source, new Date(from.getTime() - LONGEST_WORK_MS), to, project);
  const first = storeTime(from.getTime());
  const spans = spansOfWork(events);
  if (!events.some(({ timestamp }) => timestamp >= first)) return [];
  const asked = new Set(spans.filter(({ end }) => end >= from.getTime()).map(({ traceId }) => traceId));
  return spans.filter(({ traceId }) => asked.has(traceId));
}

/** The events of the user's own tools in the window, in order of time. */
export async function eventsOf(
  source: TraceSource,
  from: Date,
  to: Date | null,
  project?: string,
): Promise<WorkEvent[]> {
  const asked = { from, ...(to === null ? {} : { to }), ...(project === undefined ? {} : { project }) };
  const events: WorkEvent[] = [];
  const found = pages(
    PAGE,
    (after: { after_time: string; after_id: string } | undefined) =>
      source.events({ ...asked, ...after, limit: PAGE }),
    (last) => ({ after_time: last.timestamp, after_id: last.event_id }),
  );
  for await (const page of found) events.push(...page);
  return events;
}
