// npm run services [start|stop|status]: three Kafka brokers, a Redis Cluster of six nodes and PostgreSQL on this
// machine, for the distributed mode and its tests. They stay until `stop`, which deletes what they kept.

import { runMain, setUp } from './setup.mjs';
import { serviceProcesses, startServices, stopServices } from './services/all-services.mjs';
import { addressesFile } from './services/services-folder.mjs';

await runMain(async () => {
  const [action = 'start', ...rest] = process.argv.slice(2);
  if (rest.length > 0 || !['start', 'stop', 'status'].includes(action)) {
    console.error('usage: npm run services [start|stop|status]');
    return 2;
  }
  await setUp();
  if (action === 'status') return status();
  if (action === 'stop') {
    await stopServices();
    console.log('The services are stopped, and what they kept is deleted.');
    return 0;
  }
  const { missing } = await startServices();
  if (missing.length > 0) return 1;
  console.log(`Kafka, Redis and PostgreSQL are ready; their addresses are in ${addressesFile()}.`);
  return 0;
});

function status() {
  const processes = serviceProcesses();
  for (const { name, pid } of processes) console.log(`${name}: ${pid === null ? 'not running' : `process ${pid}`}`);
  return processes.every(({ pid }) => pid !== null) ? 0 : 1;
}
