/** Seeds and damaged inputs for fuzz tests. */
import fc from 'fast-check';

/**
 * The seed of a fuzz test: FUZZ_SEED, or else a new one. It is printed, so that a run can be repeated: `FUZZ_SEED=123
 * npx vitest run …`.
 */
export function fuzzSeed(name: string): number {
  const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 0x7fffffff));
  process.stdout.write(`${name}: FUZZ_SEED=${seed}\n`);
  return seed;
}

/** One change to the bytes of an input; positions are fractions of its length. */
type Change =
  | { kind: 'cut'; from: number; length: number }
  | { kind: 'repeat'; from: number; length: number; times: number }
  | { kind: 'move'; from: number; length: number; to: number }
  | { kind: 'put'; at: number; bytes: Uint8Array };

const share = fc.double({ min: 0, max: 1, noNaN: true });
const length = fc.integer({ min: 1, max: 2_000 });

/** Bytes with a meaning to a parser of JSON, of lines or of length-delimited fields. */
const telling = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 8 }),
  fc
    .constantFrom(
      ...['{', '}', '[', ']', '"', '\\', '\\u', ',', ':', '\n', '\r\n', '\0\0\0\0', '\uFEFF', '\uD800', '-'],
      ...[
        '1e400',
        '-1',
        '9'.repeat(400),
        'null',
        'true',
        '{"__proto__":{"x":1}}',
        '"constructor":',
        '1e999999999',
      ],
      ...[
        '['.repeat(3_000),
        '{"a":'.repeat(3_000),
        '"'.repeat(301),
        '9999-12-31T23:59:59Z',
        '\xff\xff\xff\xff\x7f',
      ],
    )
    .map((text) => new Uint8Array(Buffer.from(text, 'latin1'))),
);

const changes: fc.Arbitrary<Change[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('cut' as const), from: share, length }),
    fc.record({
      kind: fc.constant('repeat' as const),
      from: share,
      length,
      times: fc.integer({ min: 1, max: 30 }),
    }),
    fc.record({ kind: fc.constant('move' as const), from: share, length, to: share }),
    fc.record({ kind: fc.constant('put' as const), at: share, bytes: telling }),
  ),
  { minLength: 1, maxLength: 6 },
);

/** One of the inputs, damaged: cut, with parts repeated or moved, or with other bytes in between. */
export function damaged(inputs: readonly Buffer[]): fc.Arbitrary<Buffer> {
  return fc.tuple(fc.constantFrom(...inputs), changes).map(([input, all]) => all.reduce(applyChange, input));
}

function applyChange(input: Buffer, change: Change): Buffer {
  const place = (at: number) => Math.floor(at * input.length);
  if (change.kind === 'put') {
    const at = place(change.at);
    return Buffer.concat([input.subarray(0, at), change.bytes, input.subarray(at)]);
  }
  const from = place(change.from);
  const to = Math.min(input.length, from + change.length);
  const part = input.subarray(from, to);
  const [head, tail] = [input.subarray(0, from), input.subarray(to)];
  if (change.kind === 'cut') return Buffer.concat([head, tail]);
  if (change.kind === 'repeat')
    return Buffer.concat([head, ...Array.from({ length: change.times }, () => part), tail]);
  const rest = Buffer.concat([head, tail]);
  const at = Math.floor(change.to * rest.length);
  return Buffer.concat([rest.subarray(0, at), part, rest.subarray(at)]);
}
