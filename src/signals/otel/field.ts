/** Reads fields of OTLP messages other than values: texts, ids, times, enumerations. An invalid one reads as empty. */
import { readDouble } from './value.js';
import type { EpochMs, EpochNanos } from '../../base/time/units.js';

/** Text without lone surrogates, which JSON allows and Tinybird refuses. */
export function readText(value: unknown): string {
  return typeof value === 'string' ? value.toWellFormed() : '';
}

/**
 * A trace or span id in lower-case hexadecimal; empty if missing. OTLP/JSON writes hexadecimal, canonical protobuf JSON
 * base64, protobuf bytes.
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

/** Nanoseconds since 1970; 0 for an unknown time, as in OTLP. */
export function readNanos(value: unknown): EpochNanos {
  if (typeof value === 'string') return /^\d{1,20}$/.test(value) ? BigInt(value) : 0n;
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? BigInt(Math.trunc(value)) : 0n;
}

/** The last nanosecond that a DateTime can hold (7 February 2106). */
const LAST_NANO = (2n ** 32n - 1n) * 1_000_000_000n;

/** Whether the tables can hold this time. */
export function isStorable(nanos: EpochNanos): boolean {
  return nanos <= LAST_NANO;
}

/** Nanoseconds since 1970 in the format of the tables: RFC 3339 with nine digits, UTC. */
export function nanoTime(nanos: EpochNanos): string {
  const seconds = new Date(milliseconds(nanos)).toISOString().slice(0, 19);
  return `${seconds}.${(nanos % 1_000_000_000n).toString().padStart(9, '0')}Z`;
}

/** Nanoseconds as milliseconds, rounded down. */
export function milliseconds(nanos: EpochNanos): EpochMs {
  return Number(nanos / 1_000_000n);
}

/** A whole number of at least 0 that fits into `bits`; 0 for anything else. */
export function readUnsigned(value: unknown, bits: 8 | 32 | 53): number {
  const number = readDouble(value);
  if (number === undefined || !Number.isInteger(number) || number < 0 || number >= 2 ** bits) return 0;
  return number;
}

/** Index of an enumeration value, given as its number or (canonical JSON) its full name. */
export function readEnum(value: unknown, names: readonly string[]): number {
  const index = typeof value === 'string' ? names.indexOf(value) : readUnsigned(value, 8);
  return index >= 0 && index < names.length ? index : 0;
}
