/** Parses the TOKEN lines of datafiles. */
import { DatafileError } from '../errors.js';
import { requireValue, type Command } from './lines.js';
import type { TokenGrant } from './types.js';

/**
 * `TOKEN name READ|APPEND`. The last word is the permission, the rest is the name. A name may contain spaces, with or
 * without quotes, because the SDK writes inline names without quotes.
 */
export function readToken(command: Command, allowed: readonly TokenGrant['permission'][]): TokenGrant {
  const value = requireValue(command);
  const [, quotedName, bareName, word] = /^(?:"([^"]+)"|(.+?))\s+(\S+)$/.exec(value) ?? [];
  const name = (quotedName ?? bareName ?? '').trim();
  const permission = allowed.find((one) => one === word?.toUpperCase());
  if (name === '' || permission === undefined) {
    throw new DatafileError(
      `line ${command.line}: TOKEN takes a name and ${allowed.join(' or ')}, found "${value}"`,
    );
  }
  return { name, permission };
}
