/**
 * The status line. Claude Code runs it several times a minute and waits, so it uses only node:fs and leaves the query
 * to another process.
 */
import { existsSync, mkdirSync, statSync, writeSync } from 'node:fs';
import { compact } from '../base/format/counts.js';
import { duration } from '../base/format/durations.js';
import { usd } from '../base/format/money.js';
import { readRegular } from '../base/regular-file/open.js';
import { noteLimits, putInPlace } from './limit-readings.js';
import { readStdin } from './stdin.js';
import type { EpochMs } from '../base/time/units.js';

/** Today's cost, as the store last reported it. */
export interface TodayCost {
  /** Time of the query. */
  at: EpochMs;
  /** Start of the day. */
  day: EpochMs;
  /** List price, USD; null if no request of the day has a known price. */
  cost_usd: number | null;
}

/** Age from which on today's cost is queried again, milliseconds. */
const FRESH_MS = 30_000;

/** Age from which on the line shows how old the cost is, milliseconds. */
const OLD_MS = 2 * 60_000;

/** Set in the environment of the process that queries the store. */
const ASKS = 'AGENT_TELEMETRY_STATUSLINE_ASKS';

/**
 * The text for Claude Code's statusLine: the model with its effort, the cost of this session, today's cost of all
 * sessions, how full the context is, how long the prompt cache stays warm, the used part of the plan's limits, and the
 * pull request.
 *
 * All figures but today's cost are Claude Code's own, from the JSON on stdin
 * (https://code.claude.com/docs/en/statusline); those that it does not give are left out. Today's cost is the store's
 * last answer; an old one is shown with its age.
 */
export function statusLine(input: unknown, today: TodayCost | undefined, now: EpochMs): string {
  const session = amountAt(input, 'cost', 'total_cost_usd');
  const spent = today?.cost_usd ?? undefined;
  const money = [
    ...(session === undefined ? [] : [`${usd(session)} USD`]),
    ...(spent === undefined
      ? []
      : [`today ${usd(spent)}${session === undefined ? ' USD' : ''}${age(today, now)}`]),
  ];
  const used = amountAt(input, 'context_window', 'used_percentage');
  const size = amountAt(input, 'context_window', 'context_window_size');
  return [
    model(input),
    money.join(', '),
    used === undefined
      ? ''
      : `context ${Math.round(used)} %${size === undefined ? '' : ` of ${short(size)}`}`,
    cache(at(input, 'prompt_cache'), now),
    limit('5 h', at(at(input, 'rate_limits'), 'five_hour'), now),
    limit('7 d', at(at(input, 'rate_limits'), 'seven_day'), now),
    spendLimit(at(at(input, 'rate_limits'), 'spend_limit')),
    pullRequest(at(input, 'pr')),
  ]
    .filter((part) => part !== '')
    .join(' | ');
}

/** `Opus 5.5 (high, fast)`: the model, its effort and whether it answers faster for a higher price. */
function model(input: unknown): string {
  const name = shortText(at(at(input, 'model'), 'display_name'));
  const effort = shortText(at(at(input, 'effort'), 'level'));
  const how = [effort, at(input, 'fast_mode') === true ? 'fast' : '']
    .filter((part) => part !== '')
    .join(', ');
  return name === '' || how === '' ? name : `${name} (${how})`;
}

/**
 * `cache cold in 4 min`, or `cache cold (32k to rewrite)`: when the prompt cache expires and the next prompt writes the
 * context again, for more than reading it costs. Empty if the client does not tell or has seen no caching.
 */
function cache(from: unknown, now: EpochMs): string {
  const warm = at(from, 'warm');
  if (typeof warm !== 'boolean' || at(from, 'caching_observed') === false) return '';
  const expires = amountAt(from, 'expires_at');
  const minutes = expires === undefined ? undefined : Math.ceil((expires * 1_000 - now) / 60_000);
  if (warm && minutes === undefined) return 'cache warm';
  if (warm && minutes !== undefined && minutes > 0) return `cache cold in ${span(minutes)}`;
  const tokens = amountAt(from, 'recache_tokens_if_cold');
  return tokens === undefined || tokens === 0 ? 'cache cold' : `cache cold (${compact(tokens)} to rewrite)`;
}

/** `spend 12.00 of 50.00 USD`: what a limit in money has left. */
function spendLimit(from: unknown): string {
  const [used, most] = [amountAt(from, 'used_usd'), amountAt(from, 'limit_usd')];
  return used === undefined || most === undefined ? '' : `spend ${usd(used)} of ${usd(most)} USD`;
}

/** `PR #12 (approved)`: the pull request of the branch, and the state of its review. */
function pullRequest(from: unknown): string {
  const number = amountAt(from, 'number');
  if (number === undefined) return '';
  const state = shortText(at(from, 'review_state')).replaceAll('_', ' ');
  return `PR #${number}${state === '' ? '' : ` (${state})`}`;
}

/** A name for one line of a terminal: without control characters, at most 40 characters; empty if it is no text. */
function shortText(value: unknown): string {
  return typeof value === 'string' ? value.replace(/[\p{Cc}\p{Cf}]/gu, '').slice(0, 40) : '';
}

/** ` (5 min old)`; empty for a recent answer. */
function age(today: TodayCost | undefined, now: EpochMs): string {
  const ms = today === undefined ? 0 : now - today.at;
  return ms < OLD_MS ? '' : ` (${span(Math.floor(ms / 60_000))} old)`;
}

/** `5 h 42 % (2 h 10 min)`: used part of a limit, and the time until it resets. */
function limit(name: string, window: unknown, now: EpochMs): string {
  const used = amountAt(window, 'used_percentage');
  if (used === undefined) return '';
  const resets = amountAt(window, 'resets_at');
  const minutes = resets === undefined ? 0 : Math.ceil((resets * 1_000 - now) / 60_000);
  return `${name} ${Math.round(used)} %${minutes > 0 ? ` (${span(minutes)})` : ''}`;
}

/** Whole minutes in the usual format of durations. */
function span(minutes: number): string {
  return duration(minutes * 60_000);
}

function short(tokens: number): string {
  return tokens >= 1_000_000
    ? `${tokens / 1_000_000}M`
    : tokens >= 1_000
      ? `${tokens / 1_000}k`
      : String(tokens);
}

/** The number at a path of an object; undefined if there is none. */
function amountAt(from: unknown, ...path: string[]): number | undefined {
  const value = path.reduce<unknown>(at, from);
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function at(from: unknown, key: string): unknown {
  return typeof from === 'object' && from !== null ? (from as Record<string, unknown>)[key] : undefined;
}

/** Runs as the statusLine command: on any failure it prints what it has and exits 0. */
export async function main(): Promise<void> {
  try {
    const now = Date.now();
    const today = todayFile();
    if (process.env[ASKS] === '1') {
      await ask(today, now);
      return;
    }
    const input = parse(await readStdin());
    const kept = readKept(today, now);
    const line = [statusLine(input, kept, now), alertMark(now)].filter((part) => part !== '').join(' | ');
    if (line !== '') writeSync(1, `${line}\n`);
    keepLimits(input, now);
    if (kept === undefined || now - kept.at >= FRESH_MS) await haveAsked(today, now);
  } catch {
    // Telemetry never breaks the user's work.
  }
}

/** Keeps what the input says of the plan's limits. A failure does not keep today's cost from being queried. */
function keepLimits(input: unknown, now: EpochMs): void {
  try {
    noteLimits(at(input, 'rate_limits'), at(input, 'cwd'), telemetryHome(), now);
  } catch {
    // Telemetry never breaks the user's work.
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The telemetry folder. A relative one is refused, because it would be a different folder in every project. */
function telemetryHome(): string {
  const home = process.env.AGENT_TELEMETRY_HOME ?? `${process.env.HOME ?? ''}/.agent-telemetry`;
  return home.startsWith('/') ? home : '/nonexistent';
}

/** The cache file of today's cost. */
const todayFile = () => `${telemetryHome()}/contexts/today.statusline`;

function readKept(file: string, now: EpochMs): TodayCost | undefined {
  try {
    const kept = parse(readRegular(file));
    return isTodayCost(kept) && kept.day === dayOf(now) && kept.at <= now ? kept : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a value is a stored answer: a damaged file, or one of another version, may contain anything. */
function isTodayCost(kept: unknown): kept is TodayCost {
  const cost = at(kept, 'cost_usd');
  return (
    amountAt(kept, 'at') !== undefined &&
    amountAt(kept, 'day') !== undefined &&
    (cost === null || typeof cost === 'number')
  );
}

/** `! daily-cost`: the alerts that are firing, as the server last wrote them; empty for none, and when that is old. */
function alertMark(now: EpochMs): string {
  try {
    const kept = parse(readRegular(`${telemetryHome()}/alerts.json`));
    return now < (amountAt(kept, 'until') ?? 0) ? shortText(at(kept, 'line')) : '';
  } catch {
    return '';
  }
}

function dayOf(now: EpochMs): number {
  return new Date(now).setHours(0, 0, 0, 0);
}

/**
 * Starts a background process that queries the store for the next line; at most one per 30 seconds, even if it gets no
 * answer.
 */
async function haveAsked(file: string, now: EpochMs): Promise<void> {
  const folder = file.slice(0, file.lastIndexOf('/'));
  // There is no telemetry folder, so nothing has been recorded.
  if (!existsSync(folder.slice(0, folder.lastIndexOf('/')))) return;
  const asked = `${file}.asked`;
  const since = now - (statSync(asked, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  if (Math.abs(since) < FRESH_MS) return;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  putInPlace(asked, String(now));
  const { spawn } = await import('node:child_process');
  spawn(process.execPath, process.argv.slice(1), {
    detached: true,
    stdio: 'ignore',
    env: { ...process.env, [ASKS]: '1' },
  })
    .on('error', () => undefined)
    .unref();
}

/** Queries today's cost and stores the answer. */
async function ask(file: string, now: EpochMs): Promise<void> {
  const { askToday } = await import('./statusline-ask.js');
  const day = dayOf(now);
  const cost = await askToday(day);
  if (cost === undefined) return;
  const today: TodayCost = { at: now, day, cost_usd: cost };
  putInPlace(file, JSON.stringify(today));
}
