/** Lets many pass at once, or one alone: inserts share it, a deployment closes it. */
export class Gate {
  private passing = 0;
  private closedBy: Promise<void> | undefined;
  private whenEmpty: (() => void) | undefined;

  /** Runs among others, never during an `alone`. */
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

  /** Waits for everyone inside, then runs alone. */
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
