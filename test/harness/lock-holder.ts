import { NodeDisk } from '../../src/adapters/node/node-disk.ts';

/** Run as a process: takes the lock of a directory when told to, says what came of it, and stays. */
const disk = new NodeDisk({ directory: process.argv[2] as string });

process.on('message', () => {
  disk.lock().then(
    () => process.send?.('locked'),
    (error: { readonly code?: string }) => process.send?.(error.code ?? String(error)),
  );
});
process.send?.('ready');
