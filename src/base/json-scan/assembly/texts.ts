/**
 * A table of short texts, each with a number. Ids and names repeat a lot, so the JavaScript side makes one string per
 * text and looks it up by this number.
 */
import { isSame } from './bytes';

const BUCKETS: usize = 1 << 12; // text numbers by hash; at least twice as many buckets as texts
const TEXT_BYTES: usize = 80; // hash, length, and up to 64 bytes
const TEXT_LENGTH: usize = 4;
const TEXT_CONTENT: usize = 16;

let known: i32 = 0;

/** Address of the buckets; the texts follow them. */
let buckets: usize = 0;

/** Clears the table and moves it to `place`. */
export function forget(place: usize): void {
  buckets = place;
  known = 0;
  memory.fill(place, 0, BUCKETS * 4);
}

/** The number of a text of at most 64 bytes: its earlier number, or the next free one, from 0. */
export function numberOf(from: usize, length: usize): i32 {
  const texts = buckets + BUCKETS * 4;
  let hash: u32 = (length as u32) * 0x9e3779b1;
  let at: usize = 0;
  for (; at + 4 <= length; at += 4) hash = rotl(hash ^ load<u32>(from + at), 13) * 0x85ebca6b;
  const left = ((length - at) << 3) as u32;
  if (left !== 0) hash = rotl(hash ^ (load<u32>(from + at) & ((1 << left) - 1)), 13) * 0x85ebca6b;
  hash ^= hash >>> 15;
  let bucket = (hash as usize) & (BUCKETS - 1);
  let number: i32;
  while ((number = load<i32>(buckets + bucket * 4)) !== 0) {
    const text = texts + ((number - 1) as usize) * TEXT_BYTES;
    if (
      load<u32>(text) === hash &&
      load<u32>(text, TEXT_LENGTH) === (length as u32) &&
      isSame(from, text + TEXT_CONTENT, length)
    )
      return number - 1;
    bucket = (bucket + 1) & (BUCKETS - 1);
  }
  const text = texts + (known as usize) * TEXT_BYTES;
  store<u32>(text, hash);
  store<u32>(text, length as u32, TEXT_LENGTH);
  for (let done: usize = 0; done < length; done += 16)
    v128.store(text + TEXT_CONTENT + done, v128.load(from + done));
  known += 1;
  store<i32>(buckets + bucket * 4, known);
  return known - 1;
}
