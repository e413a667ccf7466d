import { type AdminAccess, createAdminServer } from '../../api/admin-server.ts';
import type { Config, DistributedConfig } from '../../config/config.ts';
import type { NewKeys } from '../../ports/credentials.ts';
import { listening } from '../address-unavailable.ts';
import { Opened } from '../opened.ts';
import { connectServices } from './connect-services.ts';
import type { Machine } from './ports.ts';
import { ServiceWatch } from './service-watch.ts';
import { startRoles } from './start-roles.ts';

/** One process of a distributed TxTrail, at work. */
export interface Distributed {
  /** Where clients are served; the admin port where this process serves none. */
  readonly url: string;
  readonly adminUrl: string;
  /** Settles with the cause when it cannot go on. Never rejects. */
  readonly failed: Promise<Error>;
  /** Takes nothing new, finishes what is under way, gives up its shards. */
  drain(): Promise<void>;
}

export interface Starting {
  /** Ends a start that is told to stop. */
  readonly end: AbortSignal;
  /** Told of the keys that it makes as soon as they are kept: what comes next may fail, and the next start makes no others. */
  readonly onNewKeys: (keys: NewKeys) => void;
}

/**
 * The distributed mode: this process's roles over Kafka, Redis Cluster and PostgreSQL. The admin port
 * answers from the beginning, not ready while a service is waited for.
 *
 * @throws TxTrailError `address_unavailable`, or what a service that is there is missing
 */
export async function startDistributed(
  config: Config,
  distributed: DistributedConfig,
  machine: Machine,
  { end, onNewKeys }: Starting,
): Promise<Distributed> {
  const opened = new Opened();
  try {
    let unready: () => readonly string[] = () => ['it is starting'];
    let warnings: () => readonly string[] = () => [];
    let access: AdminAccess | null = null;
    const admin = createAdminServer(config.admin, {
      ...machine,
      administration: () => access,
      unreadyReasons: () => unready(),
      warnings: () => warnings(),
      metricsText: () => machine.metrics.text(),
    });
    const { url: adminUrl } = await listening('admin', config.admin, () => admin.listen());
    opened.closes(() => admin.close());
    const onWaiting = (reason: string): void => {
      unready = () => [reason];
    };
    const onAccess = (given: AdminAccess): void => {
      access = given;
    };
    const services = await connectServices(config, distributed, {
      ...machine,
      opened,
      end,
      onWaiting,
      onAccess,
      onNewKeys,
    });
    unready = () => ['it is starting'];
    const roles = await startRoles(
      config,
      distributed.kafka.partitions,
      { ...machine, ...services },
      { end, onWaiting },
    );
    opened.closes(() => roles.close());
    unready = () => roles.faults();
    const watch = new ServiceWatch(
      [
        { name: 'Kafka', ask: () => services.broker.bounds('journal/0') },
        { name: 'PostgreSQL', ask: () => services.mailbox.bounds({ tenant: 'default', subscriber: null }) },
      ],
      machine,
    );
    opened.closes(async () => watch.stop());
    warnings = () => [...watch.warnings(), ...roles.warnings()];
    void roles.failed.then((cause) => {
      unready = () => [`it cannot go on: ${cause.message}`];
    });
    const drain = async (): Promise<void> => {
      unready = () => ['it is draining'];
      await opened.close();
    };
    return { url: roles.url ?? adminUrl, adminUrl, failed: roles.failed, drain };
  } catch (error) {
    await opened.close();
    throw error;
  }
}
