/** Reads values from a row by JSON path. */

/** Marks a value that is missing from the row, as opposed to null. */
export const absent = Symbol('absent');

export type PathReader = (row: unknown) => unknown;

interface Step {
  key: string;
  /** How many lists are in each other: 1 for `key[:]`, every element; 2 for `key[:][:]`. */
  lists: number;
}

/** Compiles `$.a.b[:].c` into a function that reads the value, or returns `absent`. */
export function compileJsonPath(path: string): PathReader {
  const steps = [...path.matchAll(/\.(?:\["([^"]+)"\]|([^.[\]]+))((?:\[:\])*)/g)].map(
    ([, quoted, bare, lists = '']): Step => ({
      key: quoted ?? bare ?? '',
      lists: lists.length / '[:]'.length,
    }),
  );
  const [only, ...others] = steps;
  if (only && others.length === 0 && only.lists === 0) return (row) => member(row, only.key);
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
    if (step.lists > 0 && at < steps.length - 1) {
      return eachOf(current, step.lists, (item) => {
        const found = follow(item, steps, at + 1);
        return found === absent ? null : found;
      });
    }
  }
  return current;
}

/** Replaces the elements of lists that are in each other. What is no list stays as it is. */
function eachOf(value: unknown, lists: number, replace: (item: unknown) => unknown): unknown {
  if (lists === 0) return replace(value);
  return Array.isArray(value) ? value.map((item) => eachOf(item, lists - 1, replace)) : value;
}
