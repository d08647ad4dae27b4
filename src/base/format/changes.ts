/** Formats how much a figure changed. */

/** A change relative to the previous figure, in whole percent. */
export interface Change {
  direction: 'up' | 'down' | 'none';
  /** `27 %`, at most `>999 %`. */
  size: string;
}

/** A change, given as a share of the previous figure; null if it is unknown. */
export function changeOf(share: number | null): Change | null {
  if (share === null) return null;
  const percent = Math.round(Math.abs(share) * 100);
  const direction = percent === 0 ? 'none' : share > 0 ? 'up' : 'down';
  return { direction, size: `${percent > 999 ? '>999' : String(percent)} %` };
}

/** Whether a change is for the better, given whether an increase is good; null if it is neither good nor bad. */
export function isBetter(change: Change | null, more: 'good' | 'bad' | undefined): boolean | null {
  if (change === null || change.direction === 'none' || more === undefined) return null;
  return (change.direction === 'up') === (more === 'good');
}
