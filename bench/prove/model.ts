import { counterexampleText, search } from '../../test/simulation/model/search.ts';
import { otherWays } from '../../test/simulation/model/weaker-rules.ts';

// The model of claims, numbering and acknowledgement searched at its full size, and so every other
// way to keep the rules. No chance is in it. What has most states is searched with a fault less.
const runs = [
  { name: 'all rules, two events', change: {}, faults: 3, blocks: 1 },
  ...otherWays.map(({ name, change, isWide }) => ({ name, change, faults: isWide === true ? 2 : 3, blocks: 1 })),
  { name: 'all rules, two events, snapshots', change: { snapshots: 'claimed' as const }, faults: 2, blocks: 1 },
  { name: 'all rules, three events', change: {}, faults: 3, blocks: 2 },
];

let problems = 0;
for (const { name, change, faults, blocks } of runs) {
  const startedMs = performance.now();
  const { states, transitions, depth, settled, complete, counterexample } = search(change, { faults, blocks });
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(
    `${name}, ${faults} faults: ${states} states, ${transitions} steps between them, ${depth} at most to each, ${settled} ends, ${seconds} s`,
  );
  if (counterexample !== null) console.log(counterexampleText(counterexample));
  if (counterexample === null && !complete) console.log('not searched to its end');
  if (counterexample !== null || !complete) problems += 1;
}
console.log(`${runs.length} searches, ${problems} problems`);
process.exitCode = problems === 0 ? 0 : 1;
