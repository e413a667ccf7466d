import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProcess, type RunningProcess } from '../../test/harness/child-process.ts';

/** The small C programs that put the load on: Node would be the bottleneck itself. */
export interface LoadClients {
  readonly post: string;
  readonly subscribe: string;
}

/** @throws Error when there is no compiler, or it does not take the sources */
export function compileClients(directory: string, compiler = process.env['TXTRAIL_CC'] ?? 'cc'): LoadClients {
  const compile = (name: string): string => {
    const source = fileURLToPath(new URL(`../load/${name}.c`, import.meta.url));
    const program = join(directory, name);
    const done = spawnSync(compiler, ['-O2', '-o', program, source], { encoding: 'utf8' });
    if (done.error !== undefined) {
      throw new Error(
        `The load clients are written in C and there is no compiler "${compiler}" (${done.error.message}). ` +
          'Install one (Debian: apt-get install gcc libc6-dev), or name it in TXTRAIL_CC.',
      );
    }
    if (done.status !== 0) throw new Error(`${compiler} does not compile ${source}:\n${done.stderr}`);
    return program;
  };
  return { post: compile('post'), subscribe: compile('subscribe') };
}

export interface PostLoad {
  readonly url: string;
  readonly path: string;
  readonly connections: number;
  /** Requests a second; 0: as fast as they are answered. */
  readonly rate: number;
  readonly seconds: number;
  /** The most that are sent; no bound where left out. */
  readonly requests?: number;
  /** With runs of 64 `#` for fresh hashes and of 6 `%` for a number below 1,000. */
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly status: number;
  readonly seed: number;
}

export interface PostAnswers {
  /** Due within the time, at the rate. */
  readonly owed: number;
  readonly sent: number;
  readonly answered: number;
  /** Answered with another status. */
  readonly refused: number;
  /** Of the monotonic clock, milliseconds. */
  readonly startMs: number;
  /** Per answer, of the monotonic clock, milliseconds. */
  readonly intendedMs: Float64Array;
  readonly answeredMs: Float64Array;
  /** Of the client itself, to see that it is not what limits. */
  readonly cpuShare: number;
}

export interface PostRun {
  readonly process: RunningProcess;
  /** @throws Error when the client gave up */
  readonly answers: Promise<PostAnswers>;
}

let runs = 0;

export function startPost(program: string, pin: readonly string[], directory: string, load: PostLoad): PostRun {
  const place = newPlace(directory, 'post');
  writeFileSync(`${place}.body`, load.body);
  writeFileSync(`${place}.headers`, headerLines(load.headers));
  const given = [
    new URL(load.url).port,
    load.path,
    load.connections,
    load.rate,
    load.seconds,
    load.requests ?? 0,
    `${place}.body`,
    `${place}.headers`,
    load.status,
    load.seed,
    `${place}.records`,
  ];
  const client = startProcess({ name: 'post', ...commandOf([...pin, program, ...given.map(String)]) });
  const answers = client.exited.then(({ code }): PostAnswers => {
    if (code !== 0) throw new Error(`the load client ended with ${code}\n${client.tail()}`);
    const [intendedMs, answeredMs] = wordPairs(readFileSync(`${place}.records`));
    const startMs = Number(lineOf(client, /^start (\d+)/)[1]) / 1e6;
    const summary = JSON.parse(lineOf(client, /^\{.*\}$/)[0]) as Summary;
    return { ...summary, startMs, intendedMs, answeredMs };
  });
  return { process: client, answers };
}

interface Summary {
  readonly owed: number;
  readonly sent: number;
  readonly answered: number;
  readonly refused: number;
  readonly cpuShare: number;
}

export interface SubscribeLoad {
  readonly url: string;
  readonly connections: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The subscribe frame, with runs of 6 `%` for the connection's number; its id must be `s1`. */
  readonly frame: object;
  /** It ends after so many, those of the type `executed` aside, or when the time is over. */
  readonly events: number;
  readonly seconds: number;
}

/** What the consumers received, in the order of arrival. */
export interface Received {
  readonly count: number;
  readonly acknowledgements: number;
  readonly cpuShare: number;
  /** Of the monotonic clock, milliseconds. */
  readonly arrivedMs: Float64Array;
  readonly connection: Uint32Array;
  readonly seq: Uint32Array;
  readonly block: Uint32Array;
  readonly confirmations: Uint32Array;
  /** A place in `eventTypes`, from 1; 0: another type. */
  readonly type: Uint32Array;
  /** Of the whole frame's text. */
  readonly bytes: Uint32Array;
}

/** In the order in which the client numbers them from 1. */
export const eventTypes = ['included', 'executed', 'confirmation', 'confirmed', 'finalized', 'pending'] as const;

/** Events of the type `executed`: there is one where a receipt came too late to be told with the inclusion. */
export function executedIn({ type }: Received): number {
  const executed = eventTypes.indexOf('executed') + 1;
  return type.reduce((sum, number) => sum + (number === executed ? 1 : 0), 0);
}

export interface SubscribeRun {
  readonly process: RunningProcess;
  /** Settles when every connection is there; none has subscribed yet. */
  readonly connected: Promise<unknown>;
  /** Lets them subscribe; settles when all of them have. */
  readonly subscribe: () => Promise<unknown>;
  /** Settles when the last event is there, before anything is made of what came. */
  readonly done: Promise<unknown>;
  /** @throws Error when a connection was cut or refused */
  readonly received: Promise<Received>;
}

export function startSubscribe(
  program: string,
  pin: readonly string[],
  directory: string,
  load: SubscribeLoad,
): SubscribeRun {
  const place = newPlace(directory, 'subscribe');
  writeFileSync(`${place}.headers`, headerLines(load.headers));
  writeFileSync(`${place}.frame`, JSON.stringify(load.frame));
  const given = [
    new URL(load.url).port,
    load.connections,
    `${place}.headers`,
    `${place}.frame`,
    load.events,
    load.seconds,
    `${place}.records`,
  ];
  const client = startProcess({ name: 'subscribe', ...commandOf([...pin, program, ...given.map(String)]) });
  const longestMs = (load.seconds + 60) * 1_000;
  const [connected, ready, done] = [/^connected/, /^ready/, /^\{/].map((line) => client.waitForLine(line, longestMs));
  if (connected === undefined || ready === undefined || done === undefined) throw new Error('three lines are awaited');
  // Whoever waits for what was received hears of a failure there.
  for (const line of [connected, ready, done]) line.catch(() => null);
  const subscribe = (): Promise<unknown> => {
    client.kill('SIGUSR1');
    return ready;
  };
  const received = client.exited.then(({ code }): Received => {
    if (code !== 0) throw new Error(`the consumers ended with ${code}\n${client.tail()}`);
    const { acknowledgements, cpuShare } = JSON.parse(lineOf(client, /^\{.*\}$/)[0]) as {
      readonly acknowledgements: number;
      readonly cpuShare: number;
    };
    return { ...readRecords(readFileSync(`${place}.records`)), acknowledgements, cpuShare };
  });
  received.catch(() => null);
  return { process: client, connected, subscribe, done, received };
}

/** As `Record` in subscribe.c: a 64-bit word and six of 32 bits. */
const recordBytes = 32;

function readRecords(bytes: Buffer): Omit<Received, 'acknowledgements' | 'cpuShare'> {
  const count = bytes.length / recordBytes;
  const column = (place: number): Uint32Array =>
    Uint32Array.from({ length: count }, (_, row) => bytes.readUInt32LE(row * recordBytes + 8 + place * 4));
  const arrivedMs = Float64Array.from({ length: count }, (_, row) => millisecondsAt(bytes, row * recordBytes));
  const [connection, seq, block] = [column(0), column(1), column(2)];
  return { count, arrivedMs, connection, seq, block, confirmations: column(3), type: column(4), bytes: column(5) };
}

function wordPairs(bytes: Buffer): [Float64Array, Float64Array] {
  const count = bytes.length / 16;
  const column = (offset: number): Float64Array =>
    Float64Array.from({ length: count }, (_, row) => millisecondsAt(bytes, row * 16 + offset));
  return [column(0), column(8)];
}

function millisecondsAt(bytes: Buffer, offset: number): number {
  return Number(bytes.readBigUInt64LE(offset)) / 1e6;
}

/** What the names of one run's files begin with. */
function newPlace(directory: string, name: string): string {
  runs += 1;
  return join(directory, `${name}-${runs}`);
}

function headerLines(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
}

function commandOf(line: readonly string[]): { command: string; args: readonly string[] } {
  const [command = '', ...args] = line;
  return { command, args };
}

function lineOf(client: RunningProcess, pattern: RegExp): RegExpExecArray {
  for (const { text } of client.lines) {
    const match = pattern.exec(text);
    if (match !== null) return match;
  }
  throw new Error(`the load client did not say ${pattern}\n${client.tail()}`);
}
