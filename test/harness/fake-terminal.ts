import type { Terminal } from '../../src/cli/terminal.ts';

export interface FakeTerminalOptions {
  readonly isTerminal?: boolean;
  readonly hasColour?: boolean;
  readonly columns?: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** What is answered to questions, in order; afterwards the input has ended. */
  readonly answers?: readonly string[];
}

/** A terminal that keeps what a command prints and answers what it asks. */
export class FakeTerminal implements Terminal {
  readonly isOutTerminal: boolean;
  readonly isErrTerminal: boolean;
  readonly isInputTerminal: boolean;
  readonly hasColour: boolean;
  readonly environment: Readonly<Record<string, string>>;
  readonly questions: string[] = [];
  readonly #options: FakeTerminalOptions;
  readonly #answers: string[];
  readonly #interrupts = new Set<() => void>();
  stdout = '';
  stderr = '';

  constructor(options: FakeTerminalOptions = {}) {
    this.#options = options;
    this.#answers = [...(options.answers ?? [])];
    this.isOutTerminal = options.isTerminal ?? false;
    this.isErrTerminal = options.isTerminal ?? false;
    this.isInputTerminal = options.isTerminal ?? false;
    this.hasColour = options.hasColour ?? false;
    this.environment = options.environment ?? {};
  }

  /** Whole lines of stdout, so far. */
  get lines(): readonly string[] {
    return this.stdout.split('\n').slice(0, -1);
  }

  out = (text: string): void => {
    this.stdout += text;
  };

  err = (text: string): void => {
    this.stderr += text;
  };

  columns = (): number => this.#options.columns ?? 80;

  now = (): number => Date.now();

  readFile = (name: string): string => {
    const text = this.#options.files?.[name];
    if (text === undefined) throw Object.assign(new Error(`no such file: ${name}`), { code: 'ENOENT' });
    return text;
  };

  readInput = async (): Promise<string> => this.#options.input ?? '';

  ask = async (question: string): Promise<string | null> => {
    this.questions.push(question);
    return this.#answers.shift() ?? null;
  };

  onInterrupt = (listener: () => void): (() => void) => {
    this.#interrupts.add(listener);
    return () => this.#interrupts.delete(listener);
  };

  /** Ctrl-C. */
  interrupt(): void {
    for (const listener of this.#interrupts) listener();
  }

  /** Whether a command waits for Ctrl-C. */
  get isInterruptible(): boolean {
    return this.#interrupts.size > 0;
  }
}
