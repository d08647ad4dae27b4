/** The version of Claude Code that wrote a transcript. */
import { readEnd } from '../base/regular-file/end.js';
import { parseObject } from '../base/json/json.js';

/** The newest line with a version is within this distance of the end, bytes: lines without one may be long. */
const END_BYTES = 256 * 1024;

/** The version in the newest line of a transcript that names one; null if none near its end does. */
export function clientVersion(path: string): string | null {
  for (const line of linesOf(path).reverse()) {
    const version = line.includes('"version"') ? parseObject(line)?.version : undefined;
    if (typeof version === 'string' && /^\d+\.\d+\.\d+[\w.+-]{0,40}$/.test(version)) return version;
  }
  return null;
}

function linesOf(path: string): string[] {
  try {
    return readEnd(path, END_BYTES).split('\n');
  } catch {
    // The client may have deleted it in the meantime.
    return [];
  }
}
