/** Lets work begin while the sum of what runs stays within a limit; a piece above the limit runs alone. */
export class Budget {
  private readonly limit: number;
  private used = 0;
  private readonly waiting: { readonly amount: number; readonly start: () => void }[] = [];

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Runs `work` as soon as `amount` fits, in order of arrival. */
  async run<T>(amount: number, work: () => Promise<T>): Promise<T> {
    await new Promise<void>((start) => {
      this.waiting.push({ amount, start });
      this.admit();
    });
    try {
      return await work();
    } finally {
      this.used -= amount;
      this.admit();
    }
  }

  private admit(): void {
    while (this.waiting.length > 0) {
      const { amount, start } = this.waiting[0]!;
      if (this.used > 0 && this.used + amount > this.limit) return;
      this.waiting.shift();
      this.used += amount;
      start();
    }
  }
}
