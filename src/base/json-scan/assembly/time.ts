/** Parses times. */
const ZERO: u32 = 0x30;

/**
 * Parses a time in the format of transcripts, `2026-10-01T08:00:00.123Z`, to epoch milliseconds; NaN for any other 24
 * bytes.
 */
export function timeAt(at: usize): f64 {
  if (
    load<u8>(at + 4) !== 0x2d ||
    load<u8>(at + 7) !== 0x2d ||
    load<u8>(at + 10) !== 0x54 ||
    load<u8>(at + 13) !== 0x3a ||
    load<u8>(at + 16) !== 0x3a ||
    load<u8>(at + 19) !== 0x2e ||
    load<u8>(at + 23) !== 0x5a
  )
    return NaN;
  const century = twoDigits(at);
  const years = twoDigits(at + 2);
  const month = twoDigits(at + 5);
  const day = twoDigits(at + 8);
  const hour = twoDigits(at + 11);
  const minute = twoDigits(at + 14);
  const second = twoDigits(at + 17);
  const tenths = twoDigits(at + 20);
  const rest = (load<u8>(at + 22) as u32) - ZERO;
  // Day 31, 29 February and other centuries return NaN: the caller falls back to Date.parse.
  if (century !== 20 || years > 99 || month - 1 > 11 || day - 1 > (month === 2 ? 27 : 29)) return NaN;
  if (hour > 23 || minute > 59 || second > 59 || tenths > 99 || rest > 9) return NaN;
  // Counting years from March puts the leap day at the end of the year.
  const marchYears = month > 2 ? years : years - 1; // may be -1
  const months = month > 2 ? month - 3 : month + 9;
  const days =
    11_017 +
    365 * (marchYears as i32) +
    ((marchYears as i32) >> 2) +
    (((153 * months + 2) / 5 + day - 1) as i32);
  const seconds = (hour * 60 + minute) * 60 + second;
  return (days as f64) * 86_400_000 + (seconds as f64) * 1_000 + ((tenths * 10 + rest) as f64);
}

/** The value of two digits; more than 99 if they are not digits. */
function twoDigits(at: usize): u32 {
  const tens = (load<u8>(at) as u32) - ZERO;
  const ones = (load<u8>(at + 1) as u32) - ZERO;
  return tens > 9 || ones > 9 ? 100 : tens * 10 + ones;
}
