import { spawn, type ChildProcess } from 'node:child_process';
import { nodeOn } from './cores.ts';

/** A TypeScript file as a process of its own that answers messages, one by one and in order. */
export class Worker<Request extends object, Reply extends { readonly kind: string }> {
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #waiting: { readonly resolve: (reply: Reply) => void; readonly reject: (error: Error) => void }[] = [];
  readonly #early: Reply[] = [];
  #ended: Error | null = null;

  constructor(pin: readonly string[], file: URL, options: { readonly nodeOptions?: readonly string[] } = {}) {
    const [command, ...args] = nodeOn(pin, ...(options.nodeOptions ?? []), file.pathname);
    this.#name = file.pathname.split('/').at(-1) ?? file.pathname;
    this.#child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#child.on('message', (reply: Reply) => this.#take(reply));
    this.#child.on('error', (error) => this.#end(error));
    this.#child.on('exit', (code, signal) => this.#end(new Error(`${this.#name} ended with ${code ?? signal}`)));
    started.add(this.#child);
  }

  get processId(): number {
    return this.#child.pid ?? -1;
  }

  /** The next reply, which must be of this kind. @throws Error when the process ends instead */
  async reply<Kind extends Reply['kind']>(kind: Kind): Promise<Extract<Reply, { readonly kind: Kind }>> {
    const reply = await this.#next();
    if (reply.kind !== kind) throw new Error(`${this.#name} answered ${reply.kind}, not ${kind}`);
    return reply as Extract<Reply, { readonly kind: Kind }>;
  }

  ask<Kind extends Reply['kind']>(request: Request, kind: Kind): Promise<Extract<Reply, { readonly kind: Kind }>> {
    const reply = this.reply(kind);
    this.#child.send(request);
    return reply;
  }

  async stop(): Promise<void> {
    const exited = new Promise((resolve) => this.#child.once('exit', resolve));
    if (this.#ended !== null) return;
    this.#child.kill('SIGKILL');
    await exited;
  }

  #next(): Promise<Reply> {
    const early = this.#early.shift();
    if (early !== undefined) return Promise.resolve(early);
    if (this.#ended !== null) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #take(reply: Reply): void {
    const first = this.#waiting.shift();
    if (first === undefined) this.#early.push(reply);
    else first.resolve(reply);
  }

  #end(error: Error): void {
    this.#ended ??= error;
    started.delete(this.#child);
    for (const { reject } of this.#waiting.splice(0)) reject(this.#ended);
  }
}

// A bench that fails half-way must leave nothing behind.
const started = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of started) child.kill('SIGKILL');
});
