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

  /** Waits until all shared work has ended, then runs alone. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    while (this.closedBy) await this.closedBy;
    let open: () => void = () => undefined;
    this.closedBy = new Promise((resolve) => (open = resolve));
    try {
      if (this.passing > 0) await new Promise<void>((resolve) => (this.whenEmpty = resolve));
      return await work();
    } finally {
      this.whenEmpty = undefined;
      this.closedBy = undefined;
      open();
    }
  }
}
