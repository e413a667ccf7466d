import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startAnvil, type AnvilNode } from '../harness/anvil.ts';
import { type RunningProcess, startProcess } from '../harness/child-process.ts';
import { DistributedTracker, hasServices } from '../harness/distributed-tracker.ts';
import { freePort } from '../harness/free-port.ts';
import { waitUntil } from '../harness/wait-until.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const endTimeoutMs = 30_000;

interface Configured {
  readonly distributed: {
    readonly kafka: { readonly brokers: readonly string[]; readonly partitions: number };
    readonly redis: { readonly nodes: readonly string[] };
    readonly postgres: { readonly url: string };
  };
}

/** What an operator sees of services that are missing or wrong, at a start. */
describe.skipIf(!hasServices())('a role and its services', () => {
  let node: AnvilNode;
  let tracker: DistributedTracker;
  let adminPort = 0;
  let config: Configured;

  beforeAll(async () => {
    node = await startAnvil();
    tracker = new DistributedTracker({
      config: { chains: [{ chain: node.chain, providers: [{ http: node.httpUrl }] }] },
    });
    await tracker.prepare();
    adminPort = await freePort();
    config = JSON.parse(readFileSync(tracker.configFile, 'utf8')) as Configured;
  });
  afterAll(async () => {
    await tracker?.remove();
    await node?.stop();
  });

  const started: RunningProcess[] = [];
  afterEach(async () => {
    await Promise.all(started.splice(0).map((child) => child.stop(2_000)));
  });

  function start(changed: Configured): RunningProcess {
    const file = `${tracker.configFile}.changed`;
    writeFileSync(file, JSON.stringify(changed));
    const child = startProcess({
      name: 'txtrail',
      command: process.execPath,
      args: ['src/cli/main.ts', 'start', '--role', 'notify', '--config', file, '--admin-port', String(adminPort)],
      cwd: root,
    });
    started.push(child);
    return child;
  }

  function but(change: Partial<Configured['distributed']>): Configured {
    return { ...config, distributed: { ...config.distributed, ...change } };
  }

  async function readiness(): Promise<{ readonly status: number; readonly text: string } | null> {
    const answer = await fetch(`http://127.0.0.1:${adminPort}/readyz`).catch(() => null);
    return answer === null ? null : { status: answer.status, text: await answer.text() };
  }

  /** Nothing that it printed shows the database's password. */
  function expectNoSecret(child: RunningProcess): void {
    const password = decodeURIComponent(new URL(config.distributed.postgres.url).password);
    expect(password.length).toBeGreaterThan(8);
    for (const { text } of child.lines) expect(text).not.toContain(password);
  }

  async function expectWaiting(changed: Configured, reason: RegExp): Promise<void> {
    const child = start(changed);
    const told = await waitUntil(
      async () => {
        const found = await readiness();
        return found !== null && reason.test(found.text) ? found : null;
      },
      { what: `a reason like ${reason}`, timeoutMs: 60_000, describe: () => child.tail() },
    );
    expect(told.status).toBe(503);
    expect(child.exitState()).toBeNull();
    child.kill('SIGTERM');
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expectNoSecret(child);
  }

  it('shows the keys that it makes before it waits: the next start makes no others', async () => {
    const nowhere = `127.0.0.1:${await freePort()}`;
    const child = start(but({ kafka: { ...config.distributed.kafka, brokers: [nowhere] } }));
    await child.waitForLine(/^txtrail key txt_/, endTimeoutMs);
    await child.waitForLine(/^txtrail admin-key txa_/, endTimeoutMs);
    await waitUntil(async () => /Kafka/.test((await readiness())?.text ?? ''), {
      what: 'the wait for Kafka',
      timeoutMs: endTimeoutMs,
    });
    const audit = await fetch(`http://127.0.0.1:${adminPort}/v1/audit`, {
      headers: {
        authorization: `Bearer ${child.lines.map(({ text }) => /^txtrail admin-key (.*)/.exec(text)?.[1]).find(Boolean)}`,
      },
    });
    expect(await audit.text()).toContain('"key.made"');
    child.kill('SIGTERM');
    expect(await child.exited).toEqual({ code: 0, signal: null });
  });

  it('waits for a Kafka that is not there, says for which, and ends when told to', async () => {
    const nowhere = `127.0.0.1:${await freePort()}`;
    await expectWaiting(but({ kafka: { ...config.distributed.kafka, brokers: [nowhere] } }), /Kafka/);
  });

  it('waits for a PostgreSQL that is not there', async () => {
    const url = new URL(config.distributed.postgres.url);
    url.port = String(await freePort());
    await expectWaiting(but({ postgres: { url: url.href } }), /PostgreSQL at 127\.0\.0\.1:\d+/);
  });

  it.each([
    [
      'a password that is wrong',
      (): Configured => {
        const url = new URL(config.distributed.postgres.url);
        url.password = 'another-password-0123456789';
        return but({ postgres: { url: url.href } });
      },
      /PostgreSQL at .*(password|authentication)/i,
    ],
    [
      'tables that were never made',
      (): Configured => but({ postgres: { ...config.distributed.postgres, schema: 'nobody_made_it' } as never }),
      /txtrail migrate/,
    ],
    [
      'topics of another partition count',
      (): Configured => but({ kafka: { ...config.distributed.kafka, partitions: 16 } }),
      /partitions/,
    ],
    [
      'topics that were never made',
      (): Configured => but({ kafka: { ...config.distributed.kafka, topicPrefix: 'nobody-made-it.' } as never }),
      /txtrail migrate/,
    ],
  ])('ends with one line at %s', async (_what, changed, line) => {
    const child = start(changed());
    const { code } = await child.exited;
    const told = child.lines.filter(({ text }) => text.startsWith('txtrail: '));
    expect([code, told.length]).toEqual([1, 1]);
    expect(told[0]?.text).toMatch(line);
    expectNoSecret(child);
  });

  it('starts without Redis, which nobody waits for, and drains on SIGTERM', async () => {
    const child = start(but({ redis: { nodes: [`127.0.0.1:${await freePort()}`] } }));
    await child.waitForLine(/^txtrail ready http:\/\//, endTimeoutMs);
    expect(await readiness()).toMatchObject({ status: 200 });
    child.kill('SIGTERM');
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expectNoSecret(child);
  });

  it('takes any order of starts: the gateway first, the deciding ones last', async () => {
    for (const role of ['api', 'recover', 'notify', 'watch', 'status'] as const) await tracker.startRole(role);
    const answer = await fetch(`${tracker.url}/v1/chains`, { headers: { authorization: `Bearer ${tracker.apiKey}` } });
    expect(answer.status).toBe(200);
    for (const exit of await tracker.terminateAll()) expect(exit).toEqual({ code: 0, signal: null });
  });
});
