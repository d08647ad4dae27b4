/** What is kept of what clients send: cut, so that the memory has a limit, and cleaned of what nobody may read. */
import { isObject } from '../../base/json/json.js';

/**
 * Makes a value fit to be kept: a text, or an object of names and texts, where a name may say that its text is a
 * secret. A value that is fit already is returned as it is.
 */
export type Clean = (value: unknown) => unknown;

/** The most characters that are kept of one text. */
const MOST_TEXT = 2_000;
/** The most characters that are kept of all parameters of a call, and how many parameters. */
const MOST_OF_PAIRS = 4_000;
const MOST_PAIRS = 100;
/** The most characters of a text that are cleaned: more than are kept, so that no secret is cut before it is found. */
const MOST_CLEANED = 10_000;
/** A shorter value is found in ordinary words. */
const SHORTEST_HIDDEN = 4;

type Pairs = Readonly<Record<string, string>>;

/** The beginning of a text, cleaned. */
export function keptText(text: string, clean: Clean): string {
  return cut(cleanText(text, clean));
}

/** The parameters of a call. How many are left out is the value of `…`. */
export function keptPairs(parameters: Pairs, clean: Clean): Record<string, string> {
  const all = Object.entries(parameters);
  const begun = begin(all);
  const cleaned = clean(Object.fromEntries(begun));
  const kept: [string, string][] = [];
  let room = MOST_OF_PAIRS;
  for (const [key, value] of Object.entries(isObject(cleaned) ? cleaned : {})) {
    const pair = [cut(key), cut(String(value))] as const;
    room -= pair[0].length + pair[1].length;
    if (room < 0) break;
    kept.push([...pair]);
  }
  const left = all.length - kept.length;
  return Object.fromEntries(left === 0 ? kept : [...kept, ['…', `${left} more`]]);
}

/** An error without the values of parameters that are not kept: it may name what it refuses. */
export function keptError(error: string, parameters: Pairs, clean: Clean): string {
  let text = error.slice(0, MOST_CLEANED);
  for (const [key, value] of begin(Object.entries(parameters))) {
    if (value.length < SHORTEST_HIDDEN) continue;
    const cleaned = clean({ [key]: value });
    const [fit] = isObject(cleaned) ? Object.values(cleaned) : [];
    if (typeof fit === 'string' && fit !== value) text = text.replaceAll(value, () => fit);
  }
  return keptText(text, clean);
}

/** An address, whose parameters are cleaned as they mean, not as they are encoded. */
export function keptAddress(address: string, clean: Clean): string {
  const begun = address.slice(0, MOST_CLEANED);
  const at = begun.indexOf('?');
  if (at < 0) return keptText(begun, clean);
  const given = new URLSearchParams(begun.slice(at + 1));
  // The same name may occur more than once.
  const pairs = Object.fromEntries([...given.keys()].map((key) => [key, given.getAll(key)] as const));
  const cleaned = clean(pairs);
  if (cleaned === pairs || !isObject(cleaned)) return keptText(begun, clean);
  const query = new URLSearchParams(
    Object.entries(cleaned).flatMap(([key, values]) =>
      (Array.isArray(values) ? values : [values]).map((value): [string, string] => [key, String(value)]),
    ),
  );
  return keptText(`${begun.slice(0, at)}?${query.toString()}`, clean);
}

/** An object with texts as JSON. */
export function keptJson(value: Readonly<Record<string, unknown>>, clean: Clean): string {
  const begun = Object.entries(value).map(([name, member]): [string, unknown] => [
    name,
    typeof member === 'string' ? cut(member, MOST_CLEANED) : member,
  ]);
  const cleaned = clean(Object.fromEntries(begun));
  const kept = Object.entries(isObject(cleaned) ? cleaned : {}).map(([name, member]) => [
    name,
    typeof member === 'string' ? cut(member) : member,
  ]);
  return JSON.stringify(Object.fromEntries(kept));
}

/** The first pairs: as many as can be cleaned in no time. */
function begin(pairs: readonly (readonly [string, string])[]): [string, string][] {
  const begun: [string, string][] = [];
  let room = 4 * MOST_CLEANED;
  for (const pair of pairs.slice(0, MOST_PAIRS)) {
    const [key, value] = pair.map((text) => text.slice(0, MOST_CLEANED));
    if (key === undefined || value === undefined) continue;
    room -= key.length + value.length;
    if (room < 0) break;
    begun.push([key, value]);
  }
  return begun;
}

function cleanText(text: string, clean: Clean): string {
  const cleaned = clean(text.slice(0, MOST_CLEANED));
  return typeof cleaned === 'string' ? cleaned : '';
}

/** A copy of the beginning: a slice would keep the whole text in memory. */
function cut(text: string, most = MOST_TEXT): string {
  const copy = Buffer.from(text.slice(0, most)).toString();
  return text.length > most ? `${copy}…` : copy;
}
