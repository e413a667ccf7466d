import { createInterface } from 'node:readline';

/** Asks on stderr, so that stdout stays data; null where the input ends or is interrupted instead. */
export function askLine(question: string): Promise<string | null> {
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise((resolve) => {
    reader.once('close', () => resolve(null));
    reader.once('SIGINT', () => reader.close());
    reader.question(question, (answer) => {
      resolve(answer);
      reader.close();
    });
  });
}
