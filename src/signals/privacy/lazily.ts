/** Makes a value when it is first needed. The SessionStart hook loads this folder and rarely needs its patterns. */
export function lazily<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
