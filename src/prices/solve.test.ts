import { describe, expect, it } from 'vitest';
import { solveRates, type Bill } from './solve.js';

/** Unit prices of a model that no list has, USD per million tokens. */
const truth = { input: 6, output: 30, write_5m: 7.5, write_1h: 12, read: 0.15 };

/** A bill of that model; its cost is rounded to `decimals`, as a client may report it. */
function bill(
  [input, output, write_5m, write_1h, read]: [number, number, number, number, number],
  { decimals = 12, extra = 0 } = {},
): Bill {
  const usd =
    (input * truth.input +
      output * truth.output +
      write_5m * truth.write_5m +
      write_1h * truth.write_1h +
      read * truth.read) /
    1e6;
  return {
    tokens: { input, output, write_5m, write_1h, read },
    usd: Number((usd + extra).toFixed(decimals)),
    prompt: input + write_5m + write_1h + read,
  };
}

type Tokens = Parameters<typeof bill>[0];

/** Eight requests with tokens of every kind. */
const eight: Tokens[] = [
  [2_011, 422, 1_722, 543, 25_350],
  [1_255, 518, 266, 0, 3_380],
  [787, 252, 497, 468, 24_440],
  [913, 292, 574, 0, 21_060],
  [1_282, 342, 840, 534, 5_980],
  [1_849, 186, 1_100, 534, 21_000],
  [3_002, 77, 0, 1_800, 40_000],
  [512, 1_024, 3_000, 0, 0],
];

describe('solveRates', () => {
  it('five unit prices are solved from five bills and confirmed by the other three', () => {
    expect(solveRates(eight.map((one) => bill(one)))).toEqual({
      rates: truth,
      from: 5,
      confirmed: 3,
      longest: null,
    });
  });

  it('costs that are rounded to the microdollar give the same prices', () => {
    expect(solveRates(eight.map((one) => bill(one, { decimals: 6 })))?.rates).toEqual(truth);
  });

  it('seven bills of five parts are too few to confirm them', () => {
    expect(solveRates(eight.slice(0, 7).map((one) => bill(one)))).toBeUndefined();
  });

  it('the same bill again confirms nothing', () => {
    const five = eight.slice(0, 5).map((one) => bill(one));
    expect(solveRates([...five, ...five, ...five])).toBeUndefined();
  });

  it('a part that no bill has stays unknown', () => {
    const without = eight.map(([input, output, write, , read]): Tokens => [input, output, write, 0, read]);
    expect(solveRates(without.map((one) => bill(one)))).toEqual({
      rates: { ...truth, write_1h: null },
      from: 4,
      confirmed: 4,
      longest: null,
    });
  });

  it('bills that no unit prices explain give none', () => {
    const odd = eight.map((one, index) => bill(one, { extra: index % 2 === 0 ? 0.001 : 0 }));
    expect(solveRates(odd)).toBeUndefined();
  });

  it('one bill that costs less refutes the prices', () => {
    const many = range(40).map((index) => bill(made(index)));
    expect(solveRates(many)?.rates).toEqual(truth);
    expect(solveRates([...many, bill([900, 90, 0, 0, 9_000], { extra: -0.001 })])).toBeUndefined();
  });

  it('up to a twentieth of the bills may cost more; the prices then hold only for shorter prompts', () => {
    const many = range(40).map((index) => bill(made(index)));
    const broken = bill([50_000, 10, 0, 0, 50_000], { extra: 0.3 });
    const solution = solveRates([...many, broken]);
    expect(solution).toMatchObject({ rates: truth, confirmed: 35, longest: 99_999 });
    expect(solveRates([...many.slice(0, 12), broken])).toBeUndefined();
  });

  it('prompts of a second band are never priced like those of the first', () => {
    // A tenth of the requests cost twice as much.
    const mixed = range(40).map((index) => {
      const one = bill(made(index));
      return index % 10 === 0 ? { ...one, usd: one.usd * 2 } : one;
    });
    expect(solveRates(mixed)).toBeUndefined();
  });

  it('a part with few tokens is not guessed: only bills without it are solved, and too few are no solution', () => {
    const few = eight.map(([input, output, , , read], at): Tokens => [input, output, 0, at % 2, read]);
    expect(solveRates(few.map((one) => bill(one, { decimals: 6 })))).toBeUndefined();
  });

  it('without bills there are no unit prices', () => {
    expect(solveRates([])).toBeUndefined();
  });
});

const range = (length: number) => Array.from({ length }, (_, index) => index);

/** Tokens that differ from request to request. */
function made(index: number): Tokens {
  return [
    500 + ((index * 7_919) % 3_000),
    100 + ((index * 104_729) % 900),
    (index * 15_485_863) % 2_000,
    index % 3 === 0 ? 0 : (index * 32_452_843) % 1_500,
    (index * 49_979_687) % 30_000,
  ];
}
