/** Finds and compares bytes. */

/** Address of the first byte with this value in a range, 0 if there is none. */
export function findByte(byte: u32, from: usize, to: usize): usize {
  const wanted = i8x16.splat(byte as i8);
  for (let here = from; here < to; here += 16) {
    const found = i8x16.bitmask(i8x16.eq(v128.load(here), wanted));
    if (found !== 0) {
      const place = here + ctz(found);
      return place < to ? place : 0;
    }
  }
  return 0;
}

/** Whether two texts of the same length are equal. */
export function isSame(one: usize, other: usize, length: usize): bool {
  for (let done: usize = 0; done < length; done += 16) {
    const rest = length - done;
    const differ = ~i8x16.bitmask(i8x16.eq(v128.load(one + done), v128.load(other + done)));
    if ((differ & (rest >= 16 ? 0xffff : (1 << (rest as i32)) - 1)) !== 0) return false;
  }
  return true;
}
