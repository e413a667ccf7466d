// npm run services [start|stop|status]: three Kafka brokers, a Redis Cluster of six nodes and PostgreSQL on this
// machine, for the distributed mode and its tests. They stay until `stop`, which deletes what they kept.

import { runMain, setUp } from './setup.mjs';
import { serviceProcesses, startServices, stopServices } from './services/all-services.mjs';
import { addressesFile, readAddresses } from './services/services-folder.mjs';

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
  tellAddresses(readAddresses() ?? {});
  console.log('They run until npm run services stop.');
  return missing.length > 0 ? 1 : 0;
});

/** The password of PostgreSQL stands in the file alone. */
function tellAddresses({ kafka, redis, postgres }) {
  if (kafka !== undefined) console.log(`Kafka       ${kafka.join(',')}`);
  if (redis !== undefined) console.log(`Redis       ${redis.join(',')}`);
  if (postgres !== undefined) console.log(`PostgreSQL  ${postgres.replace(/:[^:@/]*@/, ':…@')}`);
  console.log(`The addresses in full: ${addressesFile()}`);
}

function status() {
  const processes = serviceProcesses();
  for (const { name, pid } of processes) console.log(`${name}: ${pid === null ? 'not running' : `process ${pid}`}`);
  const addresses = readAddresses();
  if (addresses !== null) tellAddresses(addresses);
  return processes.every(({ pid }) => pid !== null) ? 0 : 1;
}
