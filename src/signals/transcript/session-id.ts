/** Tells which session a transcript belongs to. */
import { basename } from 'node:path';
import { readLines } from '../../base/json-scan/lines.js';
import { Picker } from '../../base/json-scan/pick.js';
import { asText } from '../../base/json/json.js';

const UUID = /(?<![\da-f])[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}(?![\da-f])/i;

/**
 * The session of a main file: its name. A copy that somebody made of it is a file of the same session: `ID (1).jsonl`,
 * `ID.backup.jsonl`, `Copy of ID.jsonl`. A file of any other name belongs to the session that its first lines name; if
 * they name none, its name is the session.
 */
export function sessionIdOf(path: string): string {
  const name = basename(path, '.jsonl');
  return UUID.exec(name)?.[0] ?? WHOLE_UUID.exec(namedInHead(path))?.[0] ?? name;
}

const WHOLE_UUID = new RegExp(`^${UUID.source}$`, 'i');

const picker = new Picker({ keys: { sessionId: {} } });

/** Lines that are searched for the session, and bytes per read. */
const HEAD_LINES = 20;
const HEAD_BYTES = 1 << 14;

/** Thrown to stop reading. */
const enough = new Error('enough');

/**
 * The session of a subagent's file that is not in the folder of its session: clients before 2.1 wrote these beside the
 * sessions' main files. Empty if its first lines do not name one.
 */
export function sessionOfAgent(path: string): string {
  return namedInHead(path);
}

/** The session that the first lines of a file name; empty if they name none. */
function namedInHead(path: string): string {
  let sessionId = '';
  let lines = 0;
  try {
    readLines(
      path,
      (from, to) => {
        sessionId = asText(picker.pick(from, to)?.sessionId) ?? '';
        lines += 1;
        if (sessionId !== '' || lines === HEAD_LINES) throw enough;
      },
      HEAD_BYTES,
    );
  } catch {
    // A file that cannot be read names none.
  }
  return sessionId;
}
