/** Formats how much a figure changed. */
import { plural } from './counts.js';

/** A change: relative to the previous figure in whole percent, or of a rate in percentage points. */
export interface Change {
  direction: 'up' | 'down' | 'none';
  /** `27 %`, at most `>999 %`; or `3 points`. */
  size: string;
}

/** A change, given as a share of the previous figure; null if it is unknown. */
export function changeOf(share: number | null): Change | null {
  if (share === null) return null;
  const percent = Math.round(Math.abs(share) * 100);
  const direction = percent === 0 ? 'none' : share > 0 ? 'up' : 'down';
  return { direction, size: `${percent > 999 ? '>999' : String(percent)} %` };
}

/**
 * The change of a rate from 0 to 1, in percentage points between the percentages that are shown; null if one of them is
 * unknown.
 */
export function pointsOf(rate: number | null, before: number | null): Change | null {
  if (rate === null || before === null) return null;
  const points = Math.round(rate * 100) - Math.round(before * 100);
  const direction = points === 0 ? 'none' : points > 0 ? 'up' : 'down';
  return { direction, size: plural(Math.abs(points), 'point') };
}

/** Whether a change is for the better, given whether an increase is good; null if it is neither good nor bad. */
export function isBetter(change: Change | null, more: 'good' | 'bad' | undefined): boolean | null {
  if (change === null || change.direction === 'none' || more === undefined) return null;
  return (change.direction === 'up') === (more === 'good');
}
