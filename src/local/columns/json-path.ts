/** Reads values from a row by JSON path. */

/** Marks a value that is missing from the row, as opposed to null. */
export const absent = Symbol('absent');

export type PathReader = (row: unknown) => unknown;

interface Step {
  key: string;
  /** True for `key[:]`: every element. */
  each: boolean;
}

/** Compiles `$.a.b[:].c` into a function that reads the value, or returns `absent`. */
export function compileJsonPath(path: string): PathReader {
  const steps = [...path.matchAll(/\.(?:\["([^"]+)"\]|([^.[\]]+))(\[:\])?/g)].map(
    ([, quoted, bare, each]): Step => ({ key: quoted ?? bare ?? '', each: each !== undefined }),
  );
  const [only, ...others] = steps;
  if (only && others.length === 0 && !only.each) return (row) => member(row, only.key);
  return (row) => follow(row, steps, 0);
}

/** The reader of one key at the top of the row, whatever characters it has. */
export function compileKey(key: string): PathReader {
  return (row) => member(row, key);
}

function member(value: unknown, key: string): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return absent;
  return Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : absent;
}

function follow(value: unknown, steps: readonly Step[], from: number): unknown {
  let current = value;
  for (let at = from; at < steps.length; at += 1) {
    const step = steps[at];
    if (!step) break;
    current = member(current, step.key);
    if (current === absent) return absent;
    if (step.each && at < steps.length - 1) {
      if (!Array.isArray(current)) return current;
      return current.map((item) => {
        const found = follow(item, steps, at + 1);
        return found === absent ? null : found;
      });
    }
  }
  return current;
}
