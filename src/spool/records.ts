/**
 * The format of a row segment: one record per line, `CHECKSUM LENGTH JSON`, with the CRC-32 of the JSON as eight
 * hexadecimal digits and its length in bytes. Records are read by their length, so a damaged one does not take its
 * neighbours with it. Segments of earlier versions have only the JSON.
 */
import { crc32 } from 'node:zlib';
import { isObject, parseObject } from '../base/json/json.js';

/** A row and the table that it belongs to. */
export interface SpooledRow {
  table: string;
  row: Record<string, unknown>;
}

/** The content of a segment. */
export interface Records {
  rows: SpooledRow[];
  /** Pieces that are not a complete record: part of one, or parts of several. */
  damaged: Buffer[];
}

/** CRC-32 as eight hexadecimal digits. */
export function checksum(content: string | Uint8Array): string {
  return crc32(content).toString(16).padStart(8, '0');
}

/** A row as a line of a segment. */
export function writeRecord(row: SpooledRow): string {
  const json = JSON.stringify(row);
  return `${checksum(json)} ${Buffer.byteLength(json)} ${json}\n`;
}

const LINE_BREAK = 0x0a;
const SPACE = 0x20;
const CHECKSUM_LENGTH = 8;
/** Digits of the longest possible length. */
const LONGEST_LENGTH = 10;

/** Reads a segment whose records have checksums. */
export function readRecords(content: Buffer): Records {
  const found: Records = { rows: [], damaged: [] };
  for (let at = 0; at < content.length;) {
    const body = bodyAt(content, at);
    const row = body && parseRow(content.toString('utf8', body.from, body.to));
    if (body !== undefined && row !== undefined) {
      found.rows.push(row);
      at = afterRecord(content, body.to);
    } else at = skipDamage(content, at, found);
  }
  return found;
}

/** Reads a segment that an earlier version wrote, without checksums. */
export function readLines(content: Buffer): Records {
  const found: Records = { rows: [], damaged: [] };
  for (let at = 0; at < content.length;) {
    const end = endOfLine(content, at);
    const row = parseRow(content.toString('utf8', at, end));
    if (row === undefined) at = skipLine(content, at, found);
    else {
      found.rows.push(row);
      at = end + 1;
    }
  }
  return found;
}

/** The range of the JSON in the record at this offset; undefined if its checksum or length is wrong. */
function bodyAt(content: Buffer, at: number): { from: number; to: number } | undefined {
  const lengthAt = at + CHECKSUM_LENGTH + 1;
  const digits = content.subarray(lengthAt, lengthAt + LONGEST_LENGTH + 1).indexOf(SPACE);
  if (digits < 0 || content[lengthAt - 1] !== SPACE) return undefined;
  const space = lengthAt + digits;
  const to = space + 1 + Number(content.toString('latin1', lengthAt, space));
  if (!(to <= content.length)) return undefined;
  return checksum(content.subarray(space + 1, to)) === content.toString('latin1', at, at + CHECKSUM_LENGTH)
    ? { from: space + 1, to }
    : undefined;
}

/** The offset of the next record. A damaged or missing line break costs no row. */
function afterRecord(content: Buffer, end: number): number {
  const isMissing = content[end] !== LINE_BREAK && bodyAt(content, end) !== undefined;
  return isMissing ? end : end + 1;
}

/** Skips a damaged line, or what damage has made into one. Returns the offset of the next line. */
function skipLine(content: Buffer, at: number, found: Records): number {
  const end = endOfLine(content, at);
  if (end > at) found.damaged.push(content.subarray(at, end));
  return end + 1;
}

/**
 * Skips damage. Returns the offset of the next record: after the line break, or earlier if the line break is damaged
 * too.
 */
function skipDamage(content: Buffer, at: number, found: Records): number {
  const line = content.toString('latin1', at + 1, endOfLine(content, at));
  for (const { index } of line.matchAll(/[0-9a-f]{8} \d{1,10} \{/g)) {
    const next = at + 1 + index;
    if (bodyAt(content, next) === undefined) continue;
    found.damaged.push(content.subarray(at, next));
    return next;
  }
  return skipLine(content, at, found);
}

function endOfLine(content: Buffer, at: number): number {
  const end = content.indexOf(LINE_BREAK, at);
  return end < 0 ? content.length : end;
}

/** Parses a row; undefined if the JSON is not one. */
export function parseRow(json: string): SpooledRow | undefined {
  const value = parseObject(json);
  return typeof value?.table === 'string' && isObject(value.row)
    ? { table: value.table, row: value.row }
    : undefined;
}
