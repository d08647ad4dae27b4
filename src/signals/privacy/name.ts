/** Decides which names are kept at tier 1. */
import { identify } from '../identity.js';
import { asText } from '../../base/json/json.js';
import { isPlainName } from './plainly.js';
import { redactText } from './redact-text.js';
import { isName } from './word.js';

/** A drive, a path after a scheme or a dot, or parts of a path that lead to a person's files. */
const PATH = /(?:^|[:/=])(?:home|Users)\/|^[A-Za-z]:\/|^file:|[:=@]\/|^\.{1,2}\/|^\/\//i;

/** Whether a text begins like a path to a person's files, of any system. */
export const isPath = (text: string): boolean => PATH.test(text.replaceAll('\\', '/'));

/**
 * A name that may be kept at tier 1: unchanged if it looks like a name, else `other-` and a hash of it. A model writes
 * the names of skills, and a repository those of agents, so a name with blanks or a path may be free text. Secrets are
 * redacted before hashing, so that they are not part of the hash.
 */
export function asName(value: unknown): string {
  const text = asText(value);
  if (text === undefined) return '';
  // Nearly all: a backfill asks for each id and kind of each response.
  if (isPlainName(text)) return text;
  const name = redactText(text.length > LONGEST_RESOURCE ? text : withoutAccount(text));
  return isName(name) && !PATH.test(name) ? name : `other-${identify('name', name).slice(0, 8)}`;
}

/** An id that a payload gives, kept by the same rule; empty if there is none. */
export function asId(value: unknown): string {
  const text = asText(value) ?? '';
  return text === '' ? '' : asName(text);
}

/** A longer text is no resource name, and searching it for one would take long. */
const LONGEST_RESOURCE = 2_000;

/**
 * Removes the cloud account from the resource name of a model: keeps the part that names the model if there is one,
 * else the name without the account. A location of Google Cloud other than `global` stays, because it has its own price.
 */
function withoutAccount(text: string): string {
  const [, resource] = /^(?:[\w-]+\/)*arn:[^:]*:[^:]*:[^:]*:[^:]*:(.*)$/.exec(text) ?? [];
  if (resource !== undefined) {
    const model = resource.slice(resource.lastIndexOf('/') + 1);
    return /claude|anthropic/i.test(model) ? model : text.replace(/(arn:[^:]*:[^:]*:[^:]*:)[^:]*/, '$1');
  }
  const [, place, model] =
    /^(?:[\w-]+\/)*projects\/[^/]+\/locations\/([\w-]+)\/(?:.*\/)?(models\/[^/]+)$/.exec(text) ?? [];
  if (place !== undefined && place !== 'global' && model !== undefined) return `locations/${place}/${model}`;
  return text.replace(/^(?:[\w-]+\/)*projects\/[^/]+\/(?:.*\/)?(?:models|endpoints)\//, '');
}
