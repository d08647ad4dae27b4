/** Makes a value when it is first asked for. The SessionStart hook loads this folder and nearly never needs it. */
export function lazily<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
