import { describe, expect, test } from 'vitest';
import { type FoundTopics, topicProblems } from './topic-problems.ts';
import { replicasInSync, topicTable } from './topic-table.ts';

const specs = topicTable({ prefix: 'txtrail.', partitions: 64 }, ['eip155:1']);

/** All as it should be, but for the partitions that are told. */
function found(partitionsOf: (name: string) => number): FoundTopics {
  const settings = specs.map((spec) => {
    const values = { ...spec.settings, 'min.insync.replicas': String(replicasInSync(3)) };
    return [spec.name, new Map(Object.entries(values))] as const;
  });
  const shapes = specs.map(({ name }) => [name, { partitions: partitionsOf(name), replicas: 3 }] as const);
  return { shapes: new Map(shapes), settings: new Map(settings), brokers: 3, bootstrap: 'a:1,b:2' };
}

const problemsWith = (partitionsOf: (name: string) => number) => topicProblems(specs, found(partitionsOf));
const isBlocks = (name: string): boolean => name.startsWith('txtrail.blocks');

describe('the partitions of topics', () => {
  test('as they should be', () => {
    expect(problemsWith((name) => (isBlocks(name) ? 1 : 64))).toEqual([]);
  });

  test('all agree on another number than the configuration: that is to be configured', () => {
    expect(problemsWith((name) => (isBlocks(name) ? 1 : 32))).toEqual([
      expect.stringMatching(/^the topics have 32 partitions .* says 64: .*\(distributed\.kafka\.partitions: 32\)$/),
    ]);
  });

  test('one has fewer than the others: that one gets more, whatever the configuration says', () => {
    const odd = (usual: number) =>
      problemsWith((name) => (isBlocks(name) ? 1 : name === 'txtrail.facts' ? 3 : usual)).join('\n');
    const mended = (usual: number): string =>
      `txtrail.facts has 3 partitions, and of its kind every topic needs ${usual}: ` +
      `add them (kafka-topics --bootstrap-server a:1,b:2 --alter --topic txtrail.facts --partitions ${usual}); ` +
      'or, where it was deleted and somebody made it anew, put it back from a copy';
    expect(odd(64)).toBe(mended(64));
    expect(odd(32)).toMatch(/^the topics have 32 partitions .* 64: /);
    expect(odd(32)).toContain(mended(32));
  });

  test('one has more than it should: it is made anew or put back, since Kafka takes none away', () => {
    const [problem, ...others] = problemsWith((name) => (isBlocks(name) ? 2 : 64));
    expect(problem).toMatch(/^txtrail\.blocks\.eip155-1 has 2 partitions, .* needs 1: .*delete it and .* migrate/);
    expect(others).toEqual([]);
  });

  test('what holds nothing that counts is made anew without more ado', () => {
    const probes = (count: number): string =>
      problemsWith((name) => (isBlocks(name) ? 1 : name === 'txtrail.probes' ? count : 64)).join('\n');
    expect(probes(3)).toMatch(/--topic txtrail\.probes --partitions 64\)$/);
    expect(probes(99)).toMatch(/delete it and run `txtrail migrate`$/);
  });
});
