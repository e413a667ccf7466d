import type { ListenAddress } from '../config/config.ts';
import { TxTrailError } from '../lib/error.ts';

/** The addresses of the process, by the name of their options; `rpc` is the sandbox's chain. */
export type ListenerName = 'server' | 'admin' | 'rpc';

/**
 * Listens, and says which option to change where that cannot be done.
 *
 * @throws TxTrailError `address_unavailable`
 */
export async function listening<Result>(
  name: ListenerName,
  address: ListenAddress,
  listen: () => Promise<Result>,
): Promise<Result> {
  try {
    return await listen();
  } catch (cause) {
    throw addressUnavailable(name, address, cause);
  }
}

function addressUnavailable(name: ListenerName, { host, port }: ListenAddress, cause: unknown): unknown {
  const { code } = cause as NodeJS.ErrnoException;
  const flag = name === 'server' ? '' : `${name}-`;
  const portOption = name === 'rpc' ? '--rpc-port' : `--${flag}port (${name}.port)`;
  const message = ((): string | null => {
    switch (code) {
      case 'EADDRINUSE':
        return `Port ${port} of ${host} is in use. Stop what listens there, or choose another port with ${portOption}.`;
      case 'EACCES':
      case 'EPERM':
        return `Port ${port} of ${host} may not be listened on by this user. Choose one from 1024 up with ${portOption}.`;
      case 'EADDRNOTAVAIL':
      case 'ENOTFOUND':
      case 'EAI_AGAIN':
      case 'EAFNOSUPPORT':
      case 'EINVAL':
        return `${host} is not an address of this machine. Choose another with --${flag}host (${name}.host).`;
      default:
        return null;
    }
  })();
  return message === null
    ? cause
    : new TxTrailError('address_unavailable', message, { facts: { name, host, port, code: code ?? null }, cause });
}
