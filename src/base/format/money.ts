/** Formats amounts of money. */
import { grouped } from './counts.js';
import { UNKNOWN } from './unknown.js';

/**
 * An amount in USD: two decimals from 0.10 on, four below, so that the small cost of one request does not show as 0.00.
 * Unknown (null) is written as `unknown`, not as 0.
 */
export function usd(amount: number | null): string {
  if (amount === null) return UNKNOWN;
  return amount !== 0 && Math.abs(amount) < 0.1 ? amount.toFixed(4) : withThousands(amount.toFixed(2));
}

/** From this amount on, a column has two decimals: four would be false precision beside it. */
const LARGE = 100;

/**
 * A formatter for the amounts of one column, with the same number of decimals for all: four if any amount needs them.
 * Beside a large amount all have two, and what would show as 0.00 is `<0.01`.
 */
export function usdColumn(amounts: readonly (number | null)[]): (amount: number | null) => string {
  const isSmall = amounts.some((amount) => amount !== null && amount !== 0 && Math.abs(amount) < 0.1);
  const isLarge = amounts.some((amount) => amount !== null && Math.abs(amount) >= LARGE);
  const decimals = isSmall && !isLarge ? 4 : 2;
  return (amount) => {
    if (amount === null) return UNKNOWN;
    const isBelow = isLarge && amount > 0 && amount < 0.005;
    return isBelow ? '<0.01' : withThousands(amount.toFixed(decimals));
  };
}

function withThousands(text: string): string {
  const [whole = '', decimals = ''] = text.replace('-', '').split('.');
  return `${text.startsWith('-') ? '-' : ''}${grouped(Number(whole))}.${decimals}`;
}
