/** Solves the unit prices of a model from figures of the client. */
import { rateNames, type Rates } from '../signals/pricing.js';

/** Tokens and their cost, of one request or of a session. */
export interface Bill {
  tokens: Record<(typeof rateNames)[number], number>;
  /** USD. */
  usd: number;
  /** Length of the prompt, tokens; null if the figures are of several requests. */
  prompt: number | null;
}

/** Unit prices that explain the bills. */
export interface Solution {
  /** USD per million tokens; null for a part that follows from no bill. */
  rates: Rates;
  /** Bills that were needed to solve them, and further ones that they were confirmed by. */
  from: number;
  confirmed: number;
  /** Longest prompt that the rates may hold for; null if no bill speaks against any. */
  longest: number | null;
}

/** The error of binary fractions, USD. */
const EXACT = 1e-9;
/** The same with half a microdollar, the rounding of some reported costs. */
const ROUNDED = 6e-7;
/** Bills that must confirm the rates, beyond those that they were solved from. */
const LEAST_CONFIRMED = 3;
/** Share of the bills that may cost more than the rates say: broken attempts, or a higher band. */
const MOST_ODD = 0.05;
/** A part is known if a change of it by this share would be seen. */
const PRECISION = 0.005;
const TRIALS = 50;

/**
 * The unit prices, non-negative, that explain all bills; undefined if there are none, or too few bills to be sure.
 *
 * As many bills as there are parts are solved exactly; the result is rounded to a price as lists have them, and must
 * then give the cost of every other bill, and of at least three. Of a part with so few tokens that its rate would be a
 * guess, the rate stays unknown. Up to a twentieth of the bills may cost more: then the
 * prices hold only for prompts that are shorter than any of these.
 */
export function solveRates(bills: readonly Bill[]): Solution | undefined {
  const usable = distinct(bills);
  const parts = rateNames.filter((name) => usable.some(({ tokens }) => tokens[name] > 0));
  if (!parts.includes('input') || !parts.includes('output')) return undefined;
  if (usable.length < parts.length + LEAST_CONFIRMED) return undefined;
  const tolerance = usable.every(({ usd }) => isRounded(usd)) ? ROUNDED : EXACT;
  for (let trial = 0; trial < TRIALS; trial += 1) {
    const chosen = independent(shuffled(usable, trial), parts);
    if (chosen === undefined) return undefined;
    const solved = solveExactly(chosen, parts);
    if (solved === undefined) continue;
    for (const decimals of [2, 3, 4]) {
      const rates = rounded(solved, parts, decimals);
      const odd = usable.filter((bill) => Math.abs(costOf(bill, rates) - bill.usd) > tolerance);
      if (odd.some((bill) => bill.usd < costOf(bill, rates))) continue;
      if (odd.length > MOST_ODD * usable.length) continue;
      const confirmed = usable.length - odd.length - parts.length;
      if (confirmed < LEAST_CONFIRMED) continue;
      const vague = parts.find((name) => !isPrecise(usable, rates, name, tolerance));
      // With so few tokens of this kind the rate would be a guess, so only the bills without any are solved.
      if (vague !== undefined) return solveRates(usable.filter(({ tokens }) => tokens[vague] === 0));
      const prompts = odd.map(({ prompt }) => prompt ?? 0);
      const longest = prompts.length === 0 ? null : Math.min(...prompts) - 1;
      return { rates, from: parts.length, confirmed, longest };
    }
  }
  return undefined;
}

function costOf({ tokens }: Bill, rates: Rates): number {
  return rateNames.reduce((sum, name) => sum + tokens[name] * (rates[name] ?? 0), 0) / 1e6;
}

/** Bills that differ: a repeated one confirms nothing. */
function distinct(bills: readonly Bill[]): Bill[] {
  const seen = new Map<string, Bill>();
  for (const bill of bills) {
    const used = rateNames.map((name) => bill.tokens[name]);
    if (used.some((tokens) => tokens > 0)) seen.set(`${used.join()} ${bill.usd}`, bill);
  }
  return [...seen.values()];
}

/** Whether a cost has no more than six decimals. */
function isRounded(usd: number): boolean {
  return Math.abs(usd * 1e6 - Math.round(usd * 1e6)) < 1e-4;
}

/** Whether a rate is above zero and a small change of it would be seen in some bill. */
function isPrecise(bills: readonly Bill[], rates: Rates, name: keyof Rates, tolerance: number): boolean {
  const most = Math.max(...bills.map(({ tokens }) => tokens[name]));
  return (most * (rates[name] ?? 0) * PRECISION) / 1e6 > tolerance;
}

function rounded(solved: readonly number[], parts: readonly (keyof Rates)[], decimals: number): Rates {
  const rates: Rates = { input: null, output: null, write_5m: null, write_1h: null, read: null };
  for (const [at, name] of parts.entries()) rates[name] = Number((solved[at] ?? 0).toFixed(decimals));
  return rates;
}

/** As many bills as parts whose tokens are linearly independent, in the order given; undefined if there are none. */
function independent(bills: readonly Bill[], parts: readonly (keyof Rates)[]): Bill[] | undefined {
  const chosen: Bill[] = [];
  const basis: number[][] = [];
  for (const bill of bills) {
    const row = unit(parts.map((name) => bill.tokens[name]));
    const rest = basis.reduce((left, one) => minus(left, one, dot(left, one)), row);
    if (Math.sqrt(dot(rest, rest)) < 1e-3) continue;
    basis.push(unit(rest));
    chosen.push(bill);
    if (chosen.length === parts.length) return chosen;
  }
  return undefined;
}

/** Solves the bills by Gaussian elimination, USD per million tokens; undefined if a rate would be negative. */
function solveExactly(bills: readonly Bill[], parts: readonly (keyof Rates)[]): number[] | undefined {
  const rows = bills.map(({ tokens, usd }) => [...parts.map((name) => tokens[name]), usd * 1e6]);
  const size = parts.length;
  for (let at = 0; at < size; at += 1) {
    const pivot = rows.slice(at).reduce((best, row) => (abs(row[at]) > abs(best[at]) ? row : best));
    const place = rows.indexOf(pivot);
    const top = rows[at];
    if (top === undefined || abs(pivot[at]) < 1e-9) return undefined;
    rows[place] = top;
    rows[at] = pivot;
    for (const [index, row] of rows.entries())
      if (index !== at) rows[index] = minus(row, pivot, (row[at] ?? 0) / (pivot[at] ?? 1));
  }
  const rates = rows.map((row, at) => (row[size] ?? 0) / (row[at] ?? 1));
  return rates.every((rate) => rate >= -1e-6) ? rates : undefined;
}

const abs = (value: number | undefined): number => Math.abs(value ?? 0);

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
}

function minus(a: readonly number[], b: readonly number[], factor: number): number[] {
  return a.map((value, at) => value - factor * (b[at] ?? 0));
}

function unit(row: readonly number[]): number[] {
  const length = Math.sqrt(dot(row, row));
  return row.map((value) => value / length);
}

/** The same order for the same trial, so that the same bills give the same prices. */
function shuffled(bills: readonly Bill[], trial: number): Bill[] {
  const order = [...bills].sort((a, b) => b.usd - a.usd);
  let state = trial * 2_654_435_761 + 1;
  for (let at = order.length - 1; at > 0 && trial > 0; at -= 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const other = state % (at + 1);
    const [a, b] = [order[at], order[other]];
    if (a !== undefined && b !== undefined) [order[at], order[other]] = [b, a];
  }
  return order;
}
