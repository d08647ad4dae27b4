/** `atel emit`: records one event of a script. */
import { emitFrom } from '../../emit/emit.js';
import { homeOf } from '../../emit/record.js';
import { kickDrain } from '../../drain/kick.js';
import { programFolder } from '../../base/program-folder.js';
import type { Outside } from '../shared/command.js';

/** Fields whose value is a name even if it looks like a number. */
const NAMES =
  /(?:_id|_hash|_class|_type|_name)$|^(?:args|issue|model|name|phase|result|status|tool|timestamp|ts)$/;

/**
 * Records one event of a script. Prints what is wrong with it and never fails, because telemetry must not break a
 * script.
 *
 * @param pairs `key=value`; `metadata.key=value` for a member of `metadata`
 */
export function run(_: unknown, { complain }: Outside, event: string, pairs: readonly string[]): void {
  const fields: Record<string, unknown> = {};
  for (const pair of pairs) {
    const split = pair.indexOf('=');
    if (split < 1) {
      complain(`${pair} is not key=value; nothing was recorded`);
      return;
    }
    put(fields, pair.slice(0, split).split('.'), pair.slice(split + 1));
  }
  const { recorded, problem } = emitFrom({ ...fields, event }, { makeHome: true });
  if (problem !== null) complain(recorded ? problem : `${problem}; nothing was recorded`);
  const paths = homeOf({});
  if (recorded && paths !== undefined) kickDrain(paths, programFolder);
}

function put(fields: Record<string, unknown>, [key = '', ...rest]: string[], text: string): void {
  if (rest.length === 0) {
    fields[key] = valueOf(key, text);
    return;
  }
  const member = Object.hasOwn(fields, key) ? fields[key] : undefined;
  const inner = typeof member === 'object' && member !== null ? { ...member } : {};
  put(inner, rest, text);
  fields[key] = inner;
}

function valueOf(key: string, text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  const isNumber = /^-?\d+(?:\.\d+)?$/.test(text) && !NAMES.test(key);
  return isNumber ? Number(text) : text;
}
