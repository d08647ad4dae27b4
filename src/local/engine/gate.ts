/** A shared and exclusive lock: inserts share it, a deployment holds it alone. */
export class Gate {
  private passing = 0;
  private closedBy: Promise<void> | undefined;
  private whenEmpty: (() => void) | undefined;

  /** Runs alongside other shared work, never during an `alone`. */
  async shared<T>(work: () => Promise<T>): Promise<T> {
    while (this.closedBy) await this.closedBy;
    this.passing += 1;
    try {
      return await work();
    } finally {
      this.passing -= 1;
      if (this.passing === 0) this.whenEmpty?.();
    }
  }

  /**
   * Waits until all shared work has ended, then runs alone. Shared work that comes later waits for it.
   *
   * @param limit how long to wait, milliseconds, and the error to throw after that; default: forever
   */
  async alone<T>(work: () => Promise<T>, limit?: { ms: number; error: () => Error }): Promise<T> {
    while (this.closedBy) await this.closedBy;
    let open: () => void = () => undefined;
    let timer: NodeJS.Timeout | undefined;
    this.closedBy = new Promise((resolve) => (open = resolve));
    try {
      if (this.passing > 0) {
        await new Promise<void>((resolve, reject) => {
          this.whenEmpty = resolve;
          if (limit) timer = setTimeout(() => reject(limit.error()), limit.ms);
        });
      }
      return await work();
    } finally {
      clearTimeout(timer);
      this.whenEmpty = undefined;
      this.closedBy = undefined;
      open();
    }
  }
}
