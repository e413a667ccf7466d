import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** Lines kept of a child's output; older ones are given up. */
const maxLinesKept = 20_000;

export interface OutputLine {
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

export interface ExitState {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunningProcess {
  readonly pid: number;
  readonly lines: readonly OutputLine[];
  readonly exited: Promise<ExitState>;
  /** null while it runs. */
  exitState(): ExitState | null;
  /** The first line, past or to come, that matches. Rejects when the process ends or the time is over. */
  waitForLine(pattern: RegExp, timeoutMs?: number): Promise<RegExpMatchArray>;
  kill(signal: NodeJS.Signals): void;
  /** SIGTERM, then SIGKILL once the grace is over; resolves when it is gone. */
  stop(graceMs?: number): Promise<ExitState>;
  /** The end of what it printed, for error messages. */
  tail(lines?: number): string;
}

export interface ProcessOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

// A test file that fails half-way, or a runner that gives up, must not leave nodes behind.
const alive = new Set<Child>();
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** Starts a program, keeps what it prints and makes sure that it ends with the process that started it. */
export function startProcess(options: ProcessOptions): RunningProcess {
  const child = spawn(options.command, [...options.args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const lines: OutputLine[] = [];
  const listeners = new Set<(line: OutputLine) => void>();
  let exit: ExitState | null = null;
  alive.add(child);

  for (const stream of ['stdout', 'stderr'] as const) {
    createInterface({ input: child[stream] }).on('line', (text) => {
      const line = { stream, text };
      lines.push(line);
      if (lines.length > maxLinesKept) lines.splice(0, lines.length - maxLinesKept);
      for (const listener of [...listeners]) listener(line);
    });
  }

  // 'close' comes after the streams have ended, so `lines` is complete when `exited` settles.
  const exited = new Promise<ExitState>((resolve) => {
    const settle = (state: ExitState): void => {
      alive.delete(child);
      exit ??= state;
      resolve(exit);
    };
    child.once('close', (code, signal) => settle({ code, signal }));
    child.once('error', (error) => {
      lines.push({ stream: 'stderr', text: String(error) });
      settle({ code: null, signal: null });
    });
  });
  const tail = (count = 30): string =>
    lines
      .slice(-count)
      .map((line) => `  ${options.name}| ${line.text}`)
      .join('\n');

  return {
    get pid() {
      return child.pid ?? -1;
    },
    lines,
    exited,
    exitState: () => exit,
    waitForLine: (pattern, timeoutMs = 30_000) =>
      lineMatching({ pattern, timeoutMs, lines, listeners, exited, describe: () => `${options.name}\n${tail()}` }),
    kill: (signal) => void child.kill(signal),
    stop: (graceMs) => stopChild(child, exited, graceMs ?? 5_000),
    tail,
  };
}

interface LineWait {
  readonly pattern: RegExp;
  readonly timeoutMs: number;
  readonly lines: readonly OutputLine[];
  readonly listeners: Set<(line: OutputLine) => void>;
  readonly exited: Promise<ExitState>;
  readonly describe: () => string;
}

function lineMatching(wait: LineWait): Promise<RegExpMatchArray> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      wait.listeners.delete(listener);
      settle();
    };
    const listener = (line: OutputLine): boolean => {
      const match = wait.pattern.exec(line.text);
      if (match !== null) finish(() => resolve(match));
      return match !== null;
    };
    const fail = (why: string): void =>
      finish(() => reject(new Error(`${why} while waiting for ${String(wait.pattern)} from ${wait.describe()}`)));
    const timer = setTimeout(() => fail('the time was over'), wait.timeoutMs);
    if (wait.lines.some(listener)) return;
    wait.listeners.add(listener);
    void wait.exited.then((state) => fail(`it ended (code ${state.code}, signal ${state.signal})`));
  });
}

async function stopChild(child: Child, exited: Promise<ExitState>, graceMs: number): Promise<ExitState> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  const state = await exited;
  clearTimeout(timer);
  return state;
}
