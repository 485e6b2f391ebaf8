/**
 * Answers to the newest question only. A question waits until nobody types any more; a newer one cancels the wait and the
 * request of the one before, whose answer is never delivered.
 */

export interface Outcome<Question, Reply> {
  /** Called with the newest question's answer, never with an older one's. */
  answered(question: Question, reply: Reply): void;
  failed(question: Question, error: unknown): void;
}

export class Latest<Question, Reply> {
  private timer: NodeJS.Timeout | undefined;
  private running: AbortController | undefined;

  /** `run` is given a signal that tells when its answer is of no use any more. */
  constructor(
    private readonly run: (question: Question, signal: AbortSignal) => Promise<Reply>,
    private readonly outcome: Outcome<Question, Reply>,
  ) {}

  /** Asks after `delay` milliseconds, unless something newer is asked before. */
  ask(question: Question, delay: number): void {
    this.cancel();
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.start(question);
    }, delay);
  }

  /** Drops what waits and cancels what runs. */
  cancel(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.running?.abort();
    this.running = undefined;
  }

  private async start(question: Question): Promise<void> {
    const own = new AbortController();
    this.running = own;
    try {
      const reply = await this.run(question, own.signal);
      if (!own.signal.aborted) this.outcome.answered(question, reply);
    } catch (error) {
      if (!own.signal.aborted) this.outcome.failed(question, error);
    } finally {
      if (this.running === own) this.running = undefined;
    }
  }
}
