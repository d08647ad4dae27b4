/**
 * What a line of the landing folder looks like: JSON whose last member is the CRC-32 of the object without it. Lines of
 * earlier versions, and of programs that append their own, have none.
 */
import { parseObject, type Json } from '../base/json/json.js';
import { checksum } from '../spool/records.js';

/** How every line of ours begins. */
const HEAD = '{"event_id":"';
const SEAL = /,"crc32":"([0-9a-f]{8})"\}/;
const SEAL_LENGTH = ',"crc32":"01234567"}'.length;

/** An object's JSON with its checksum. */
export function seal(json: string): string {
  return `${json.slice(0, -1)},"crc32":"${checksum(json)}"}`;
}

/** What was found in a line. */
export interface Line {
  events: Json[];
  /** Pieces that are no whole event. */
  damaged: Buffer[];
}

/** Reads a line. Where the line break between events was damaged, it holds several, and each is read. */
export function readLine(bytes: Buffer): Line {
  const whole = wholeEvent(bytes);
  if (whole !== undefined) return { events: [whole], damaged: [] };
  const found: Line = { events: [], damaged: [] };
  for (const piece of piecesOf(bytes)) readPiece(piece, found);
  return found;
}

/** How many events a damaged piece was: as many as begin in it, and at least the one that it is a part of. */
export function eventsIn(piece: Buffer): number {
  return Math.max(1, piece.toString('latin1').split(HEAD).length - 1);
}

/** The event that these bytes are; undefined where they are none, or are not as they were written. */
function wholeEvent(bytes: Buffer): Json | undefined {
  const told = sealOf(bytes);
  if (told === undefined) return parseObject(bytes.toString('utf8'));
  const json = Buffer.concat([bytes.subarray(0, -SEAL_LENGTH), Buffer.from('}')]);
  return checksum(json) === told ? parseObject(json.toString('utf8')) : undefined;
}

/** The checksum at the end of some bytes; undefined where they have none. */
function sealOf(bytes: Buffer): string | undefined {
  return SEAL.exec(bytes.toString('latin1', Math.max(0, bytes.length - SEAL_LENGTH)))?.[1];
}

/** The line in pieces that end with a checksum; the last one may have none. */
function piecesOf(bytes: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  let from = 0;
  for (const { index } of bytes.toString('latin1').matchAll(new RegExp(SEAL, 'g'))) {
    pieces.push(bytes.subarray(from, index + SEAL_LENGTH));
    from = index + SEAL_LENGTH;
  }
  if (from < bytes.length) pieces.push(bytes.subarray(from));
  return pieces;
}

/** Adds what a piece holds: one event at the most, maybe behind what is damaged. */
function readPiece(piece: Buffer, found: Line): void {
  for (let at = piece.indexOf(HEAD); at >= 0; at = piece.indexOf(HEAD, at + 1)) {
    const event = wholeEvent(piece.subarray(at));
    if (event === undefined) continue;
    // One byte is what became of a line break.
    if (at > 1) found.damaged.push(piece.subarray(0, at));
    found.events.push(event);
    return;
  }
  found.damaged.push(piece);
}
