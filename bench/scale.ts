/**
 * Measures how the cost of questions grows with the store: makes the history of a year (made-history.ts), then asks
 * every pipe for 1, 7, 30 and 365 days, and sums the same requests in a plain flat table of the engine. Needs
 * `npm run build`. One session has 3,000 requests, the others 100. The last lines are the tables of docs/performance.md.
 *
 * Environment variables: N (1e6; 0 for an empty store), WEEK and KEEP, see made-store.ts: two stores with one WEEK have the
 * same last 7 days. DAYS (`1,7,30,365`), PIPES (all; a regular expression for names) and ROUNDS (20; fewer for a slow
 * pipe, see SLOW_MS).
 */
import { performance } from 'node:perf_hooks';
import { z } from 'zod';
import type { Engine } from '../src/local/engine/engine.js';
import { partOf } from '../src/pipes/parts/cost-breakdown.js';
import { startAtel, type RunningAtel } from '../tests/helpers/atel.js';
import { flatSums, HISTORY_DAYS } from './made-history.js';
import { inEngine, madeStore } from './made-store.js';
import { columns, markdown, quantile } from './measure.js';
import { answerOf, boundsOf, questions, readNames, type Asked, type Cost } from './questions.js';

/** A pipe is asked in fewer rounds when it has taken this long, milliseconds, but at least twice. */
const SLOW_MS = 4_000;

const days = (process.env.DAYS ?? '1,7,30,365').split(/[\s,]+/).map(Number);
const wanted = new RegExp(process.env.PIPES ?? '');
const rounds = Number(process.env.ROUNDS ?? 20);

/** The parts of the questions about cost in the flat table. */
const flatParts = new Map([
  ['cost_total', "'all'"],
  ['cost_by_model', partOf.model],
  ['cost_by_agent', "if(agent_type = '', 'main', agent_type)"],
  ['cost_by_skill', partOf.skill],
  ['cost_by_project', partOf.project],
  ['cost_by_day', "toDate(timestamp, 'UTC')"],
]);

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
    const { from, to } = boundsOf(history, length);
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

async function ask(atel: RunningAtel): Promise<void> {
  console.log(
    `${history.requests} requests in ${HISTORY_DAYS} days, ${history.lastWeek} of them in the last 7.\n`,
  );
  await checkSums(atel);
  const { windowed, whole } = questions(names, wanted);
  for (const length of days) {
    const asked = windowed.map((one) => ({
      ...one,
      params: { days: String(length), date_to: boundsOf(history, length).to },
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
    const [ours] = await atel.client.costTotal.query(boundsOf(history, length), { timeoutMs: 120_000 });
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

/** A question's figures: how long an answer takes, and what is read for it. */
interface Measured {
  name: string;
  /** Window, days; none for a question about one session or task. */
  length?: number;
  p50: number;
  p95: number;
  /** CPU time of the server, milliseconds: unlike the other times it hardly depends on what else the machine does. */
  cpu: number;
  rows: number;
  bytes: number;
  /** The same over the flat table, median, milliseconds. */
  floor?: number | undefined;
}

const measured: Measured[] = [];

async function tableOf(
  atel: RunningAtel,
  title: string,
  asked: readonly Asked[],
  length?: number,
): Promise<string> {
  const lines = [[title, 'p50 ms', 'p95 ms', 'CPU ms', 'rows read', 'MB read', 'flat ms', '× flat']];
  for (const one of asked) {
    const { name, pipe } = one;
    // Overwritten after the first round, which warms the caches.
    let before = atel.cpuSeconds();
    let round = -1;
    const costs = await repeated(async () => {
      round += 1;
      if (round === 1) before = atel.cpuSeconds();
      const { ms, rows, bytes } = await answerOf(atel.url, one);
      return { ms, rows, bytes };
    }).catch((error: unknown) => String(error));
    if (typeof costs === 'string') {
      lines.push([name, costs.slice(0, 120)]);
      process.exitCode = 1;
      continue;
    }
    const times = timesOf(costs);
    const [p50, p95] = [quantile(times, 0.5), quantile(times, 0.95)];
    const cpu = (1000 * (atel.cpuSeconds() - before)) / costs.length;
    const { rows, bytes } = costs[0] ?? { rows: 0, bytes: 0 };
    const floor = length === undefined ? undefined : flat.times.get(place(pipe, length));
    measured.push({ name, p50, p95, cpu, rows, bytes, floor, ...(length === undefined ? {} : { length }) });
    lines.push([
      name,
      p50.toFixed(1),
      p95.toFixed(1),
      cpu.toFixed(0),
      String(rows),
      (bytes / 1e6).toFixed(1),
      ...(floor === undefined ? [] : [floor.toFixed(1), (p50 / floor).toFixed(1)]),
    ]);
  }
  return columns(lines);
}

/** The tables of docs/performance.md. */
function documented(): string {
  const figures = (name: string) =>
    days.map((length) => measured.find((one) => one.name === name && one.length === length));
  const of = (value: number | undefined, digits = 0) =>
    value === undefined ? '' : value.toLocaleString('en', { maximumFractionDigits: digits });
  const windowed = [...new Set(measured.flatMap(({ name, length }) => (length === undefined ? [] : [name])))];
  const whole = measured.filter(({ length }) => length === undefined);
  const head = days.map((length) => (length === 1 ? '1 day' : `${length} days`));
  return [
    markdown([
      [`p50, ms; ${of(history.requests)} requests`, ...head],
      ...windowed.map((name) => [`\`${name}\``, ...figures(name).map((one) => of(one?.p50))]),
    ]),
    markdown([
      ['rows read, thousands', ...head],
      ...windowed.map((name) => [`\`${name}\``, ...figures(name).map((one) => of(one && one.rows / 1000))]),
    ]),
    markdown([
      ['times the flat table', ...head],
      ...[...flatParts.keys()].map((name) => [
        `\`${name}\``,
        ...figures(name).map((one) => of(one?.floor && one.p50 / one.floor, 1)),
      ]),
    ]),
    markdown([
      ['about one session or task', 'p50, ms', 'rows read, thousands'],
      ...whole.map(({ name, p50, rows }) => [name.replace(/^\w+/, '`$&`'), of(p50), of(rows / 1000)]),
    ]),
  ].join('\n\n');
}

const { home, history, remove } = await madeStore(1e6);
const { names, flat } = await inEngine(home, async (engine) => ({
  names: await readNames(engine, history),
  flat: await measureFlat(engine),
}));
const atel = await startAtel({ home });
try {
  await ask(atel);
  console.log(`\n${documented()}`);
} finally {
  await atel.stop();
  remove();
}
