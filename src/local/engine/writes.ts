/** Counts writes, so that it is known whether rows that were read are still current. */

/**
 * Counts the writes to each table. A write is counted when it begins and when it ends: rows that were read at one count
 * are current while it stays the same.
 */
export class Writes {
  #total = 0;
  /** Writes that may have changed any table. */
  #toAny = 0;
  readonly #to = new Map<string, number>();

  /** All writes. */
  get total(): number {
    return this.#total;
  }

  /** The writes that may have changed a table. */
  to(table: string): number {
    return this.#toAny + (this.#to.get(table) ?? 0);
  }

  /** @param tables the tables that the write may change; undefined: any */
  async counted(tables: readonly string[] | undefined, write: () => Promise<unknown>): Promise<void> {
    this.#count(tables);
    try {
      await write();
    } finally {
      this.#count(tables);
    }
  }

  #count(tables: readonly string[] | undefined): void {
    this.#total += 1;
    if (tables === undefined) this.#toAny += 1;
    else for (const table of tables) this.#to.set(table, (this.#to.get(table) ?? 0) + 1);
  }
}
