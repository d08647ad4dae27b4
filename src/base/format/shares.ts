/** Formats shares as percentages. */
import { grouped } from './counts.js';
import { UNKNOWN } from './unknown.js';

/** A share of 1 as a percentage. Rounds to `>99 %` and `<1 %`, so that `100 %` and `0 %` are exact. */
export function percent(share: number | null): string {
  if (share === null) return UNKNOWN;
  const rounded = Math.round(share * 100);
  if (rounded === 100 && share < 1) return '>99 %';
  if (rounded === 0 && share > 0) return '<1 %';
  return `${grouped(rounded)} %`;
}
