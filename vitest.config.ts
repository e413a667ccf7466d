import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { readAddresses } from './scripts/services/services-folder.mjs';

/** A test that needs a real service says so in its name; each service is a project of its own. */
const serviceTests = [
  '**/*.anvil.test.ts',
  '**/*.geth.test.ts',
  '**/*.e2e.test.ts',
  '**/*.chromium.test.ts',
  '**/*.schemathesis.test.ts',
  '**/*.kafka.test.ts',
  '**/*.redis.test.ts',
  '**/*.postgres.test.ts',
  '**/*.simulation.test.ts',
];
const neverTests = ['**/node_modules/**', 'txtrail-data/**'];

/** The same tests, over the roles of the distributed mode. */
const testedDistributed = { TESTED_MODE: 'distributed' };

/** Where one is missing, `test/e2e/roles.e2e.test.ts` is what is counted as skipped. */
const hasServices =
  ['TXTRAIL_KAFKA', 'TXTRAIL_REDIS', 'TXTRAIL_POSTGRES'].every((name) => process.env[name]) ||
  ['kafka', 'redis', 'postgres'].every((name) => Object.hasOwn(readAddresses() ?? {}, name));
const endToEnd = ['ladder', 'reorg', 'replacement', 'raw', 'late'];

/** More workers than cores only make the timeouts of real services lie. */
const workers = Math.max(1, Math.min(4, availableParallelism()));

export default defineConfig({
  test: {
    maxWorkers: workers,
    passWithNoTests: true,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{src,protocol,client,dashboard,test,bench,examples}/**/*.test.ts'],
          exclude: [...neverTests, ...serviceTests],
          testTimeout: 15_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'distributed-cases',
          include: ['test/cases/**/*.test.ts'],
          exclude: [...neverTests, 'test/cases/cases-table.test.ts'],
          env: testedDistributed,
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'anvil',
          include: ['**/*.anvil.test.ts'],
          exclude: neverTests,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'geth',
          include: ['**/*.geth.test.ts'],
          exclude: neverTests,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'chromium',
          include: ['**/*.chromium.test.ts'],
          exclude: neverTests,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          name: 'schemathesis',
          include: ['**/*.schemathesis.test.ts'],
          exclude: neverTests,
          testTimeout: 600_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 4 },
        },
      },
      ...['kafka', 'redis', 'postgres'].map((service, index) => ({
        test: {
          name: service,
          include: [`**/*.${service}.test.ts`],
          exclude: neverTests,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // They share the service, and some of them hurt it.
          fileParallelism: false,
          sequence: { groupOrder: 7 + index },
        },
      })),
      {
        test: {
          name: 'simulation',
          include: ['test/simulation/**/*.simulation.test.ts'],
          exclude: neverTests,
          testTimeout: 300_000,
          fileParallelism: false,
          sequence: { groupOrder: 6 },
        },
      },
      {
        test: {
          name: 'distributed-e2e',
          include: hasServices ? endToEnd.map((name) => `test/e2e/${name}.e2e.test.ts`) : [],
          exclude: neverTests,
          env: testedDistributed,
          testTimeout: 300_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 10 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.e2e.test.ts'],
          exclude: neverTests,
          testTimeout: 300_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          sequence: { groupOrder: 5 },
        },
      },
    ],
  },
});
