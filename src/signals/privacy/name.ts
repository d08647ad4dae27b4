import { identify } from '../identity.js';
import { asText } from '../../base/json/json.js';
import { redactText } from './redact-text.js';
import { isName } from './word.js';

/** Parts of a path that lead to a person's files, and a drive. */
const PATH = /(?:^|[:/=])(?:home|Users)\/|^[A-Za-z]:\/|^file:/i;

/**
 * A name as it may be kept: as it is if it looks like one, else `other-` with a hash of it. A model writes the
 * names of skills, and a repository those of agents: what has blanks in it or is a path may be a text. A secret in it
 * is redacted first, so that it is not part of the hash either.
 */
export function asName(value: unknown): string {
  const text = asText(value);
  if (text === undefined) return '';
  const name = redactText(withoutAccount(text));
  return isName(name) && !PATH.test(name) ? name : `other-${identify('name', name).slice(0, 8)}`;
}

/**
 * The id of a model behind its resource name in a cloud, which holds the number or the name of an account: the part
 * that names the model, where one does; else the name without the account.
 */
function withoutAccount(text: string): string {
  if (text.startsWith('arn:')) {
    const [, resource = ''] = /^arn:[^:]*:[^:]*:[^:]*:[^:]*:(.*)$/.exec(text) ?? [];
    const model = resource.slice(resource.lastIndexOf('/') + 1);
    return /claude|anthropic/i.test(model) ? model : text.replace(/^(arn:[^:]*:[^:]*:[^:]*:)[^:]*/, '$1');
  }
  return text.replace(/^projects\/[^/]+\/(?:.*\/)?(?:models|endpoints)\//, '');
}
