import { grouped } from './counts.js';
import { UNKNOWN } from './unknown.js';

/**
 * An amount of USD: two decimals from ten cents on, four below, so that the small costs of one request are no
 * row of zeros. Unknown is no zero.
 */
export function usd(amount: number | null): string {
  if (amount === null) return UNKNOWN;
  return amount !== 0 && Math.abs(amount) < 0.1 ? amount.toFixed(4) : withThousands(amount.toFixed(2));
}

/** Writes the amounts of one column with the same number of decimals: four if one of them needs them. */
export function usdColumn(amounts: readonly (number | null)[]): (amount: number | null) => string {
  const isSmall = amounts.some((amount) => amount !== null && amount !== 0 && Math.abs(amount) < 0.1);
  return (amount) => (amount === null ? UNKNOWN : withThousands(amount.toFixed(isSmall ? 4 : 2)));
}

function withThousands(text: string): string {
  const [whole = '', decimals = ''] = text.replace('-', '').split('.');
  return `${text.startsWith('-') ? '-' : ''}${grouped(Number(whole))}.${decimals}`;
}
