/**
 * Replaces the global Headers in the SessionStart bundle (the build swaps it in). The global one loads Node's whole
 * fetch client at its first use, which takes a third of a bare start (bench/hooks.ts). It has only what the Tinybird
 * SDK uses.
 */
export class Headers {
  readonly #values = new Map<string, string>();

  constructor(init?: Iterable<readonly [string, string]> | Readonly<Record<string, string>>) {
    if (init === undefined) return;
    const entries = Symbol.iterator in init ? init : Object.entries(init);
    for (const [name, value] of entries) this.set(name, value);
  }

  has(name: string): boolean {
    return this.#values.has(name.toLowerCase());
  }

  set(name: string, value: string): void {
    this.#values.set(name.toLowerCase(), value);
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.#values.entries();
  }
}
