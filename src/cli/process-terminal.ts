import { readFileSync } from 'node:fs';
import type { Terminal } from './terminal.ts';

/** The terminal of a real process. */
export function processTerminal(): Terminal {
  const { stdin, stdout, stderr, env } = process;
  const isDumb = env['TERM'] === 'dumb';
  return {
    out: (text) => stdout.write(text),
    err: (text) => stderr.write(text),
    isOutTerminal: stdout.isTTY === true,
    isErrTerminal: stderr.isTTY === true && !isDumb,
    isInputTerminal: stdin.isTTY === true,
    // Any value but the empty one, as no-color.org has it.
    hasColour: stdout.isTTY === true && !isDumb && (env['NO_COLOR'] ?? '') === '',
    // A terminal that knows no width, such as a serial line, says 0.
    columns: () => stderr.columns || 80,
    environment: env,
    now: () => Date.now(),
    readFile: (name) => readFileSync(name, 'utf8'),
    readInput,
    ask: async (question) => (await import('./ask-line.ts')).askLine(question),
    onInterrupt,
  };
}

async function readInput(): Promise<string> {
  let text = '';
  process.stdin.setEncoding('utf8');
  for await (const chunk of process.stdin) text += String(chunk);
  return text;
}

function onInterrupt(listener: () => void): () => void {
  process.on('SIGINT', listener);
  process.on('SIGTERM', listener);
  return () => {
    process.off('SIGINT', listener);
    process.off('SIGTERM', listener);
  };
}
