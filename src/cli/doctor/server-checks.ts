import { createServer } from 'node:net';
import type { ListenAddress } from '../../config/config.ts';
import { plainText } from '../plain-text.ts';
import { fail, info, pass, warn } from './check.ts';
import type { Check, Finding } from './check.ts';

const answerTimeoutMs = 3_000;

/** Looks at both ports: free, or TxTrail's own; and where one runs, how it is. */
export async function serverChecks(server: ListenAddress, admin: ListenAddress): Promise<readonly Check[]> {
  const found: (readonly [string, Finding])[] = [
    ['port', await portFinding(server, isApi)],
    ['admin port', await portFinding(admin, isAdmin)],
  ];
  const runs = found[1]?.[1].result === 'info';
  if (runs) found.push(...(await healthFindings(admin)));
  return found.map(([name, finding]) => ({ area: 'server', name, ...finding }));
}

async function portFinding(address: ListenAddress, isOurs: (origin: string) => Promise<boolean>): Promise<Finding> {
  const place = `${address.host}:${address.port}`;
  if (address.port === 0) return pass('any free one');
  const code = await listeningFault(address);
  if (code === null) return pass(`${place} is free`);
  if (code !== 'EADDRINUSE') {
    return fail(
      `${place} cannot be listened on (${code})`,
      'Choose another address: --host, --port, --admin-host, --admin-port.',
    );
  }
  if (await isOurs(originOf(address))) return info(`${place}: a TxTrail runs there`);
  return fail(
    `${place} is in use by another program`,
    'Stop that program or choose another port: --port, --admin-port.',
  );
}

/** The system's code where nobody can listen there; null where one can. */
function listeningFault({ host, port }: ListenAddress): Promise<string | null> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

async function isApi(origin: string): Promise<boolean> {
  const answer = await ask(`${origin}/v1/chains`);
  return answer?.status === 401 && memberOf(answer.body, 'code') === 'unauthorized';
}

async function isAdmin(origin: string): Promise<boolean> {
  const answer = await ask(`${origin}/healthz`);
  return answer !== null && memberOf(answer.body, 'status') === 'ok';
}

async function healthFindings(admin: ListenAddress): Promise<readonly (readonly [string, Finding])[]> {
  const answer = await ask(`${originOf(admin)}/readyz`);
  if (answer === null)
    return [['ready', fail('/readyz does not answer', 'Look at its log; a restart loses nothing acknowledged.')]];
  const reasons = textsOf(memberOf(answer.body, 'reasons'));
  const warnings = textsOf(memberOf(answer.body, 'warnings'));
  const ready =
    answer.status === 200
      ? pass('it takes work')
      : fail(`it takes no work: ${reasons.join('; ')}`, 'Wait while it comes up or ends; else look at its log.');
  const remedy = 'Registrations are taken, but nothing becomes of them until a provider leads: see its reason.';
  return [['ready', ready], ...warnings.map((warning) => ['chain', warn(warning, remedy)] as const)];
}

async function ask(url: string): Promise<{ readonly status: number; readonly body: unknown } | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(answerTimeoutMs), redirect: 'error' });
    return { status: response.status, body: await response.json() };
  } catch {
    // No answer, or not in JSON: whoever listens there is not TxTrail.
    return null;
  }
}

/** Where a process of this machine reaches an address that may mean every interface. */
function originOf({ host, port }: ListenAddress): string {
  if (host === '0.0.0.0') return `http://127.0.0.1:${port}`;
  if (host === '::') return `http://[::1]:${port}`;
  return host.includes(':') ? `http://[${host}]:${port}` : `http://${host}:${port}`;
}

function memberOf(body: unknown, name: string): unknown {
  return (Object(body) as Readonly<Record<string, unknown>>)[name];
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map((entry) => plainText(String(entry))) : [];
}
