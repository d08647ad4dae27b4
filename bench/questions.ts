/** Every question of the catalogue for a made history, and what asking it over HTTP costs. */
import { performance } from 'node:perf_hooks';
import { z } from 'zod';
import * as catalogue from '../src/catalogue.js';
import { storeTime } from '../src/base/time/store-time.js';
import type { Engine } from '../src/local/engine/engine.js';
import { madeNames, type History } from './made-history.js';

const DAY_MS = 86_400_000;

/** A pipe with its parameters, under the name that a table shows. */
export interface Asked {
  name: string;
  pipe: string;
  params: Record<string, string>;
}

/** What one answer took, and what the engine read for it. */
export interface Cost {
  ms: number;
  rows: number;
  bytes: number;
}

/** Ids that the made history has. */
export type MadeIds = Record<keyof ReturnType<typeof madeNames>, string>;

/** Reads them from the engine that computes them. */
export async function readNames(engine: Engine, history: History): Promise<MadeIds> {
  const of = async (select: string) => (await engine.rows<{ value: string }>(select))[0]?.value ?? '';
  const { session, bigSession, task } = madeNames(history);
  return { session: await of(session), bigSession: await of(bigSession), task: await of(task) };
}

/** The first and the last moment of the last days of a history. */
export const boundsOf = ({ end }: History, days: number) => ({
  from: storeTime(end - days * DAY_MS),
  to: storeTime(end),
});

/**
 * Every pipe of the catalogue whose name matches: those that take a window, and those that are asked for one session or
 * task, which some do besides. One that must be asked for a session or a task is asked for a made one.
 */
export function questions(names: MadeIds, wanted: RegExp): { windowed: Asked[]; whole: Asked[] } {
  const windowed: Asked[] = [];
  const whole: Asked[] = [];
  const ofSessions = (pipe: string) => {
    whole.push(
      { name: `${pipe}, a session`, pipe, params: { session_id: names.session } },
      { name: `${pipe}, the big session`, pipe, params: { session_id: names.bigSession } },
    );
  };
  for (const definition of Object.values(catalogue)) {
    if (definition._type !== 'pipe') continue;
    const { _name: pipe, _params: params } = definition;
    if (!('endpoint' in definition.options) || !wanted.test(pipe)) continue;
    if (!Object.values<{ _required: boolean }>(params).some(({ _required: isRequired }) => isRequired)) {
      windowed.push({ name: pipe, pipe, params: {} });
      if ('session_id' in params) ofSessions(pipe);
    } else if ('session_id' in params) {
      ofSessions(pipe);
    } else if ('task_id' in params) {
      whole.push({ name: `${pipe}, a task`, pipe, params: { task_id: names.task } });
    } else {
      throw new Error(`${pipe} has a parameter without a value here`);
    }
    if ('session_prefix' in params)
      whole.push({
        name: `${pipe}, the beginning of an id`,
        pipe,
        params: { session_prefix: names.bigSession.slice(0, 8), date_from: '1971-01-01 00:00:00' },
      });
  }
  return { windowed, whole };
}

const answered = z.object({
  data: z.array(z.record(z.string(), z.unknown())),
  statistics: z.object({ rows_read: z.number(), bytes_read: z.number() }),
});

/** Asks a pipe over HTTP, as every surface does. */
export async function answerOf(
  url: string,
  { pipe, params }: Asked,
): Promise<Cost & { data: Record<string, unknown>[] }> {
  const started = performance.now();
  const response = await fetch(`${url}/v0/pipes/${pipe}.json?${new URLSearchParams(params).toString()}`, {
    headers: { authorization: 'Bearer local' },
  });
  const text = await response.text();
  const ms = performance.now() - started;
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  const { data, statistics } = answered.parse(JSON.parse(text));
  return { ms, rows: statistics.rows_read, bytes: statistics.bytes_read, data };
}
