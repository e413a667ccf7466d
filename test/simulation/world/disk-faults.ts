import {
  type CrashSurvival,
  type DiskFault,
  type DiskOperation,
  everythingSurvives,
  nothingUnsyncedSurvives,
  survivalByChance,
  tornAfter,
} from '../../../src/adapters/memory/disk-fault.ts';
import type { MemoryDisk } from '../../../src/adapters/memory/memory-disk.ts';
import type { Chance } from '../chance.ts';
import type { Context } from '../context.ts';
import { strikes } from '../faults.ts';
import { newestGroupAt } from './newest-group.ts';

/** An idle disk takes so long to make a write durable, milliseconds. */
const syncMs = 1;
const hangMs = 30_000;
/** Whether an operation is struck is asked so often a second that a rate has to be scaled down. */
const perOperation = 0.004;

/** What the simulated disk does to each operation: what is armed strikes by the operation and its time. */
export class DiskFaults {
  readonly #context: Context;
  /** True since a fault struck that no process can live through. */
  hasStruck = false;
  /** No operation hangs from then on. */
  hungUntilMs = 0;
  /** A snapshot is being written down. */
  isSaving = false;
  readonly #onCrash: (survival: CrashSurvival) => void;
  readonly #chance: Chance;

  constructor(
    options: { readonly chance: Chance; readonly onCrash: (survival: CrashSurvival) => void },
    context: Context,
  ) {
    this.#context = context;
    this.#chance = options.chance;
    this.#onCrash = options.onCrash;
  }

  readonly decide = (operation: DiskOperation): DiskFault | null => {
    const { time, trace } = this.#context;
    const { kind, name, bytes } = operation;
    trace.add(time.nowMs, 'disk', kind, `${name} ${bytes}`);
    if (name?.endsWith('.tmp') === true) this.isSaving = kind !== 'rename' && kind !== 'remove';
    const fault = this.#fault(operation);
    if (fault !== null) {
      trace.add(time.nowMs, 'disk fault', fault.kind, `${kind} ${name}`);
      return fault;
    }
    return kind === 'data_sync' ? { kind: 'delay', until: time.sleep(syncMs) } : null;
  };

  /** How much of what was not synced a power cut leaves. */
  survival(): CrashSurvival {
    const chance = this.#chance;
    const kind = chance.weighted({ nothing: 3, everything: 1, torn: 3, scattered: 3 });
    if (kind === 'nothing') return nothingUnsyncedSurvives;
    if (kind === 'everything') return everythingSurvives;
    if (kind === 'torn') return tornAfter(chance.whole(1, 3_000));
    return survivalByChance(() => chance.fraction(), chance.pick([1, 64, 512]));
  }

  /** Inverts a bit of a file, as a failing medium does; gives the way to mend it. null: there is nothing to flip. */
  flipBit(disk: MemoryDisk, files: readonly string[]): (() => Promise<void>) | null {
    const chance = this.#chance;
    const whole = files.filter((name) => disk.contents(name).length > 0);
    if (whole.length === 0) return null;
    const name = chance.pick(whole);
    // The newest group of the log cannot be told from a write that was cut short: it is left alone.
    const isNewest = name === files.findLast((file) => file.startsWith('log-'));
    const contents = disk.contents(name);
    const length = isNewest ? newestGroupAt(name, contents) : contents.length;
    if (length === 0) return null;
    const [offset, bit] = [chance.whole(0, length - 1), chance.whole(0, 7)];
    disk.flipBit(name, offset, bit);
    const damaged = disk.contents(name)[offset];
    const { time, trace, reach } = this.#context;
    trace.add(time.nowMs, 'disk fault', 'bit_flip', `${name} ${offset}.${bit} of ${length}`);
    reach('a bit flipped on the disk');
    return async () => {
      const isThere = (await disk.list()).includes(name);
      if (isThere && disk.contents(name)[offset] === damaged) disk.flipBit(name, offset, bit);
    };
  }

  #fault({ kind, name, bytes, index }: DiskOperation): DiskFault | null {
    const { seed, armed, time } = this.#context;
    const about = `${kind}/${name}/${bytes}/${time.nowMs}/${index}`;
    const isStruck = (fault: Parameters<typeof armed.get>[0]): boolean =>
      strikes(seed, armed.get(fault), about, perOperation);
    if (isStruck('crash_at_disk_operation')) return this.#crash(about);
    if (kind === 'data_sync' && isStruck('sync_fails'))
      return this.#fatal({ kind: 'fail', code: 'EIO' }, 'a sync failed');
    if (kind === 'write' && isStruck('torn_write')) {
      const code = this.#chance.pick(['EIO', 'ENOSPC'] as const);
      return this.#fatal({ kind: 'short_write', bytes: this.#chance.whole(0, bytes), code }, 'a write stopped halfway');
    }
    if (isStruck('disk_hangs')) {
      this.#context.reach('the disk hung');
      this.hungUntilMs = time.nowMs + hangMs;
      return { kind: 'delay', until: time.sleep(hangMs) };
    }
    return null;
  }

  #fatal(fault: DiskFault, state: string): DiskFault {
    this.hasStruck = true;
    this.#context.reach(state);
    return fault;
  }

  /** The power goes in the middle of an operation: the process is gone before the operation returns. */
  #crash(about: string): DiskFault {
    const { reach } = this.#context;
    const when = this.#chance.pick(['before', 'during'] as const);
    const survival = this.survival();
    this.#onCrash(survival);
    reach(`power cut at ${about.split('/')[0]}`);
    return { kind: 'crash', when };
  }
}
