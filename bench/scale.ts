/**
 * Measures how the cost of questions grows with the store: makes the history of a year (made-history.ts), then asks
 * every pipe for 1, 7, 30 and 365 days, and sums the same requests in a plain flat table of the engine. Needs
 * `npm run build`. One session has 3,000 requests, the others 100.
 *
 * Environment variables: N (1e6; 0 for an empty store), WEEK and KEEP, see made-store.ts: two stores with one WEEK have the
 * same last 7 days. DAYS (`1 7 30 365`), PIPES (all; a regular expression for names) and ROUNDS (20; fewer for a slow
 * pipe, see SLOW_MS).
 */
import { performance } from 'node:perf_hooks';
import { z } from 'zod';
import * as catalogue from '../src/catalogue.js';
import type { Engine } from '../src/local/engine/engine.js';
import { storeTime } from '../src/base/time/store-time.js';
import { partOf } from '../src/pipes/parts/cost-breakdown.js';
import { startAtel, type RunningAtel } from '../tests/helpers/atel.js';
import { flatSums, HISTORY_DAYS, madeNames } from './made-history.js';
import { inEngine, madeStore } from './made-store.js';
import { columns, quantile } from './measure.js';

/** A pipe is asked in fewer rounds when it has taken this long, milliseconds, but at least twice. */
const SLOW_MS = 4_000;
const DAY_MS = 86_400_000;

const days = (process.env.DAYS ?? '1 7 30 365').split(/\s+/).map(Number);
const wanted = new RegExp(process.env.PIPES ?? '');
const rounds = Number(process.env.ROUNDS ?? 20);

interface Asked {
  name: string;
  pipe: string;
  params: Record<string, string>;
}

interface Cost {
  ms: number;
  rows: number;
  bytes: number;
}

async function readNames(engine: Engine): Promise<Record<keyof ReturnType<typeof madeNames>, string>> {
  const of = async (select: string) => (await engine.rows<{ value: string }>(select))[0]?.value ?? '';
  const { session, bigSession, task } = madeNames(history);
  return { session: await of(session), bigSession: await of(bigSession), task: await of(task) };
}

/** The parts of the questions about cost in the flat table. */
const flatParts = new Map([
  ['cost_total', "'all'"],
  ['cost_by_model', partOf.model],
  ['cost_by_agent', "if(agent_type = '', 'main', agent_type)"],
  ['cost_by_skill', partOf.skill],
  ['cost_by_project', partOf.project],
  ['cost_by_day', "toDate(timestamp, 'UTC')"],
]);

/** The first and the last moment of a window of the made history. */
const boundsOf = (length: number) => ({
  from: storeTime(history.end - length * DAY_MS),
  to: storeTime(history.end),
});

/** What the flat table says: the sums of each window, and how long the questions about cost take there. */
interface Flat {
  sums: ReadonlyMap<number, z.infer<typeof sumsRow>>;
  /** Median time by pipe and days, milliseconds. */
  times: ReadonlyMap<string, number>;
}

const sumsRow = z.object({ tokens: z.number(), cost: z.number().nullable(), requests: z.number() });
const place = (pipe: string, length: number) => `${pipe} ${length}`;

async function measureFlat(engine: Engine): Promise<Flat> {
  const [sums, times] = [new Map<number, z.infer<typeof sumsRow>>(), new Map<string, number>()];
  for (const length of days) {
    const { from, to } = boundsOf(length);
    const [all] = await engine.rows(flatSums("'all'", from, to));
    sums.set(length, sumsRow.parse(all ?? { tokens: 0, cost: null, requests: 0 }));
    for (const [pipe, part] of flatParts) {
      if (!wanted.test(pipe)) continue;
      const costs = await repeated(async () => {
        const started = performance.now();
        await engine.read('pipes', flatSums(part, from, to), 'JSON', new Map());
        return { ms: performance.now() - started, rows: 0, bytes: 0 };
      });
      times.set(place(pipe, length), quantile(timesOf(costs), 0.5));
    }
  }
  return { sums, times };
}

/** Asks until the rounds or the time are over; the first round warms the caches. */
async function repeated(once: () => Promise<Cost>): Promise<Cost[]> {
  await once();
  const costs: Cost[] = [];
  const started = performance.now();
  while (costs.length < rounds && (costs.length < 2 || performance.now() - started < SLOW_MS))
    costs.push(await once());
  return costs;
}

const timesOf = (costs: readonly Cost[]) => costs.map(({ ms }) => ms);

/** Every pipe of the catalogue. One that asks for a session or a task is asked for a made one. */
function questions(): { windowed: Asked[]; whole: Asked[] } {
  const windowed: Asked[] = [];
  const whole: Asked[] = [];
  for (const definition of Object.values(catalogue)) {
    if (definition._type !== 'pipe') continue;
    const { _name: pipe, _params: params } = definition;
    if (!('endpoint' in definition.options) || !wanted.test(pipe)) continue;
    if (!Object.values<{ _required: boolean }>(params).some(({ _required: isRequired }) => isRequired)) {
      windowed.push({ name: pipe, pipe, params: {} });
      if ('session_id' in params) whole.push(...ofSessions(pipe));
    } else if ('session_id' in params) {
      whole.push(...ofSessions(pipe));
    } else if ('task_id' in params) {
      whole.push({ name: `${pipe}, a task`, pipe, params: { task_id: names.task } });
    } else {
      throw new Error(`${pipe} has a parameter without a value here`);
    }
  }
  return { windowed, whole };
}

function ofSessions(pipe: string): Asked[] {
  return [
    { name: `${pipe}, a session`, pipe, params: { session_id: names.session } },
    { name: `${pipe}, the big session`, pipe, params: { session_id: names.bigSession } },
  ];
}

async function ask(atel: RunningAtel): Promise<void> {
  console.log(
    `${history.requests} requests in ${HISTORY_DAYS} days, ${history.lastWeek} of them in the last 7.\n`,
  );
  await checkSums(atel);
  const { windowed, whole } = questions();
  for (const length of days) {
    const asked = windowed.map((one) => ({
      ...one,
      params: { days: String(length), date_to: boundsOf(length).to },
    }));
    console.log(await tableOf(atel, `${length} days`, asked, length));
    console.log(`${memoryOf(atel)}\n`);
  }
  if (whole.length > 0) console.log(await tableOf(atel, 'whole', whole));
  console.log(memoryOf(atel));
}

const memoryOf = (atel: RunningAtel) =>
  `Memory of the server: ${atel.residentMegabytes()} MB resident, ${atel.peakMegabytes()} MB at most`;

/** A fast answer must also be right. */
async function checkSums(atel: RunningAtel): Promise<void> {
  for (const length of days) {
    const [ours] = await atel.client.costTotal.query(boundsOf(length), { timeoutMs: 120_000 });
    const expected = flat.sums.get(length);
    const cost = expected?.cost ?? 0;
    const matches =
      ours?.request_count === expected?.requests &&
      ours?.total_tokens === expected?.tokens &&
      Math.abs((ours?.total_cost_usd ?? 0) - cost) <= 1e-9 * cost;
    if (!matches)
      throw new Error(`${length} days: ${JSON.stringify(ours)} instead of ${JSON.stringify(expected)}`);
  }
}

async function tableOf(
  atel: RunningAtel,
  title: string,
  asked: readonly Asked[],
  length?: number,
): Promise<string> {
  const lines = [[title, 'p50 ms', 'p95 ms', 'rows read', 'MB read', 'flat ms', '× flat']];
  for (const { name, pipe, params } of asked) {
    const costs = await repeated(() => costOf(atel, pipe, params)).catch((error: unknown) => String(error));
    if (typeof costs === 'string') {
      lines.push([name, costs.slice(0, 120)]);
      continue;
    }
    const times = timesOf(costs);
    const p50 = quantile(times, 0.5);
    const floor = length === undefined ? undefined : flat.times.get(place(pipe, length));
    lines.push([
      name,
      p50.toFixed(1),
      quantile(times, 0.95).toFixed(1),
      String(costs[0]?.rows ?? ''),
      ((costs[0]?.bytes ?? 0) / 1e6).toFixed(1),
      ...(floor === undefined ? [] : [floor.toFixed(1), (p50 / floor).toFixed(1)]),
    ]);
  }
  return columns(lines);
}

const answered = z.object({ statistics: z.object({ rows_read: z.number(), bytes_read: z.number() }) });

/** Asks a pipe over HTTP, as every surface does. */
async function costOf(atel: RunningAtel, pipe: string, params: Record<string, string>): Promise<Cost> {
  const started = performance.now();
  const response = await fetch(
    `${atel.url}/v0/pipes/${pipe}.json?${new URLSearchParams(params).toString()}`,
    {
      headers: { authorization: 'Bearer local' },
    },
  );
  const text = await response.text();
  const ms = performance.now() - started;
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  const { statistics } = answered.parse(JSON.parse(text));
  return { ms, rows: statistics.rows_read, bytes: statistics.bytes_read };
}

const { home, history, remove } = await madeStore(1e6);
const { names, flat } = await inEngine(home, async (engine) => ({
  names: await readNames(engine),
  flat: await measureFlat(engine),
}));
const atel = await startAtel({ home });
try {
  await ask(atel);
} finally {
  await atel.stop();
  remove();
}
