import { grouped } from './counts.js';
import { UNKNOWN } from './unknown.js';

/** A share of 1 as a percentage. Only what is all is 100 %, and only what is nothing is 0 %. */
export function percent(share: number | null): string {
  if (share === null) return UNKNOWN;
  const rounded = Math.round(share * 100);
  if (rounded === 100 && share < 1) return '>99 %';
  if (rounded === 0 && share > 0) return '<1 %';
  return `${grouped(rounded)} %`;
}
