/** Fields of OTLP messages that are not values: texts, ids, times, enumerations. An odd one is the empty one. */
import { readDouble } from './value.js';
import type { EpochMs, EpochNanos } from '../../base/time/units.js';

/** Text without lone surrogates, which JSON carries and Tinybird refuses. */
export function readText(value: unknown): string {
  return typeof value === 'string' ? value.toWellFormed() : '';
}

/**
 * A trace or span id as lower-case hexadecimal; empty where there is none. OTLP/JSON writes hexadecimal,
 * canonical protobuf JSON base64, protobuf bytes.
 *
 * @param bytes 16 for a trace, 8 for a span
 */
export function readId(value: unknown, bytes: 8 | 16): string {
  const hex =
    value instanceof Uint8Array ? Buffer.from(value).toString('hex') : hexOf(readText(value), bytes);
  return hex.length === bytes * 2 && !/^0*$/.test(hex) ? hex : '';
}

function hexOf(text: string, bytes: number): string {
  if (text.length === bytes * 2 && /^[0-9a-f]+$/i.test(text)) return text.toLowerCase();
  return /^[\w+/-]+={0,2}$/.test(text) ? Buffer.from(text, 'base64').toString('hex') : '';
}

/** A moment; 0 where the time is unknown, as OTLP has it. */
export function readNanos(value: unknown): EpochNanos {
  if (typeof value === 'string') return /^\d{1,20}$/.test(value) ? BigInt(value) : 0n;
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? BigInt(Math.trunc(value)) : 0n;
}

/** The last nanosecond that a DateTime holds (7 February 2106). */
const LAST_NANO = (2n ** 32n - 1n) * 1_000_000_000n;

/** Whether the tables can hold the time. */
export function isStorable(nanos: EpochNanos): boolean {
  return nanos <= LAST_NANO;
}

/** A moment as the tables take it: RFC 3339 with nine digits, UTC. */
export function nanoTime(nanos: EpochNanos): string {
  const seconds = new Date(milliseconds(nanos)).toISOString().slice(0, 19);
  return `${seconds}.${(nanos % 1_000_000_000n).toString().padStart(9, '0')}Z`;
}

/** Nanoseconds as milliseconds, rounded down. */
export function milliseconds(nanos: EpochNanos): EpochMs {
  return Number(nanos / 1_000_000n);
}

/** A whole number of 0 or more that fits into `bits`; 0 for anything else. */
export function readUnsigned(value: unknown, bits: 8 | 32 | 53): number {
  const number = readDouble(value);
  if (number === undefined || !Number.isInteger(number) || number < 0 || number >= 2 ** bits) return 0;
  return number;
}

/** Position of an enumeration's value, given as its number or (canonical JSON) as its full name. */
export function readEnum(value: unknown, names: readonly string[]): number {
  const index = typeof value === 'string' ? names.indexOf(value) : readUnsigned(value, 8);
  return index >= 0 && index < names.length ? index : 0;
}
