/** The figures that `/metrics` has: from the pipes, over all time, and what waits on this machine. */
import type { TinybirdClient } from '../../store/client-types.js';
import { FIRST_MOMENT_MS } from '../../base/time/asked-time.js';

/** What waits on the way to the store, and what did not get there. It is of this machine, not of the store. */
export interface Ingestion {
  /** Events that no drain has read yet. */
  unread_events: number;
  /** Batches of rows that the store has not taken yet, and their size. */
  waiting_batches: number;
  waiting_bytes: number;
  /** Rows that the store refused and that are kept. */
  refused_rows: number;
  /** Rows dropped because the spool was full. */
  dropped_rows: number;
  /** Rows damaged on disk. */
  damaged_rows: number;
  /** Events that could not be written. */
  lost_events: number;
  /** Deliveries that failed in a row. */
  failed_deliveries: number;
  /** When the store last took rows, seconds since 1970; null if it never did. */
  last_stored_at: number | null;
  /** How long deliveries to the store took. */
  deliveries: Durations;
}

/** Measurements of one kind, counted by their length; `parts` are its series. */
export interface Durations {
  /** Upper bounds of the buckets, milliseconds. */
  boundsMs: readonly number[];
  /** By the value of their label; `upTo` has the count of each bucket with all before it. */
  parts: { label: string; count: number; totalMs: number; upTo: readonly number[] }[];
}

/** The most models, features, tools, agents and skills that have series of their own: the first of each pipe's order. */
const MOST_PARTS = 200;

/** How far back the depth of sessions is told, days, and of how many at most. */
const DEPTH_DAYS = 7;
const MOST_SESSIONS = 1_000;

/** Asks the pipes. */
export async function askFigures(client: TinybirdClient) {
  const ever = { from: new Date(FIRST_MOMENT_MS) };
  const some = { ...ever, limit: MOST_PARTS };
  const [models, features, outcomes, delivery, links, tools, agents, skills, threads] = await Promise.all([
    client.costByModel.query(some),
    client.costByFeature.query(some),
    client.outcomes.query(ever),
    client.delivery.query(ever),
    client.entityLinkTotals.query(ever),
    client.toolDurations.query(some),
    client.agentUsageSummary.query(ever),
    client.skillFrequency.query(ever),
    client.threadTopology.query({ days: DEPTH_DAYS, limit: MOST_SESSIONS }),
  ]);
  return {
    models,
    features,
    outcomes,
    delivery,
    links,
    tools,
    agents: agents.slice(0, MOST_PARTS),
    skills: skills.slice(0, MOST_PARTS),
    threads,
  };
}

export type MetricFigures = Awaited<ReturnType<typeof askFigures>>;
