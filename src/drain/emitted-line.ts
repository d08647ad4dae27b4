/**
 * The format of a line of emitted events: JSON whose last member is the CRC-32 of the object without that member. Lines
 * of earlier versions, and of programs that append their own lines, have no checksum.
 */
import { parseObject, type Json } from '../base/json/json.js';
import { checksum } from '../spool/records.js';

/** The start of every line that we write. */
const HEAD = '{"event_id":"';
const SEAL = /,"crc32":"([0-9a-f]{8})"\}/;
const SEAL_LENGTH = ',"crc32":"01234567"}'.length;

/** The JSON of an object with its checksum added. */
export function seal(json: string): string {
  return `${json.slice(0, -1)},"crc32":"${checksum(json)}"}`;
}

/** The result of reading a line. */
export interface Line {
  events: Json[];
  /** Pieces that are not complete events. */
  damaged: Buffer[];
}

/** Reads a line. If the line break between events was damaged, the line holds several events, and each is read. */
export function readLine(bytes: Buffer): Line {
  const whole = wholeEvent(bytes);
  if (whole !== undefined) return { events: [whole], damaged: [] };
  const found: Line = { events: [], damaged: [] };
  for (const piece of piecesOf(bytes)) readPiece(piece, found);
  return found;
}

/** How many events begin in a damaged piece. */
export function eventsBegunIn(piece: Buffer): number {
  return piece.toString('latin1').split(HEAD).length - 1;
}

/**
 * Where to cut a line that is too long, so that no event is cut: after its last checksum, or before a later start of an
 * event. If the whole line is one event, it is damaged, and there is no such place: then the end.
 */
export function placeToCut(bytes: Buffer): number {
  const start = bytes.lastIndexOf(HEAD);
  const sealed = bytes.lastIndexOf(',"crc32":"');
  const end = sealed < 0 ? 0 : sealed + SEAL_LENGTH;
  const place = end > bytes.length ? start : Math.max(start, end);
  return place > 0 ? place : bytes.length;
}

/** Parses bytes as an event; undefined if they are not an event or do not match their checksum. */
function wholeEvent(bytes: Buffer): Json | undefined {
  const expected = sealOf(bytes);
  if (expected === undefined) return parseObject(bytes.toString('utf8'));
  const json = Buffer.concat([bytes.subarray(0, -SEAL_LENGTH), Buffer.from('}')]);
  return checksum(json) === expected ? parseObject(json.toString('utf8')) : undefined;
}

/** The checksum at the end of some bytes; undefined if there is none. */
function sealOf(bytes: Buffer): string | undefined {
  return SEAL.exec(bytes.toString('latin1', Math.max(0, bytes.length - SEAL_LENGTH)))?.[1];
}

/** Splits a line after each checksum. The last piece may have no checksum. */
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

/** Adds the content of a piece: at most one event, possibly after damaged bytes. */
function readPiece(piece: Buffer, found: Line): void {
  for (let at = piece.indexOf(HEAD); at >= 0; at = piece.indexOf(HEAD, at + 1)) {
    const event = wholeEvent(piece.subarray(at));
    if (event === undefined) continue;
    // A single byte before the event is a damaged line break, not a part of an event.
    if (at > 1) found.damaged.push(piece.subarray(0, at));
    found.events.push(event);
    return;
  }
  found.damaged.push(piece);
}
