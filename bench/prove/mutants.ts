import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { Mutant } from '../../test/simulation/mutants/mutant.ts';
import { mutants } from '../../test/simulation/mutants/mutants.ts';
import { type Proof, proveMutant, proveUnchanged } from '../../test/simulation/mutants/prove-mutant.ts';

// npm run prove -- mutants [NAME…] [--seeds N] [--at-once N]: puts each seeded bug into a copy of the tree and
// runs the simulator over it until a seed shows it. Fails where one is not caught, or the unchanged tree is.

const { values, positionals } = parseArgs({
  options: { seeds: { type: 'string' }, 'at-once': { type: 'string' } },
  allowPositionals: true,
});
const atOnce = Number(values['at-once'] ?? availableParallelism());
const chosen = chosenMutants();
process.exitCode = chosen === null ? 2 : await prove(chosen);

function chosenMutants(): readonly Mutant[] | null {
  const unknown = positionals.filter((name) => mutants.every((mutant) => mutant.name !== name));
  for (const name of unknown) console.error(`there is no seeded bug ${name}`);
  if (unknown.length > 0) return null;
  const asked = positionals.length === 0 ? mutants : mutants.filter(({ name }) => positionals.includes(name));
  return values.seeds === undefined ? asked : asked.map((mutant) => ({ ...mutant, seeds: Number(values.seeds) }));
}

async function prove(all: readonly Mutant[]): Promise<number> {
  const beganMs = performance.now();
  const proofs = new Map<Mutant, Proof>();
  await inTurn(all, async (mutant) => {
    const proof = await proveMutant(mutant);
    proofs.set(mutant, proof);
    console.log(`${proofs.size}/${all.length} ${mutant.name}: ${inWords(proof)}`);
  });
  const seeds = Math.max(...[...proofs.values()].map(({ seedsRun }) => seedsRun));
  const unchanged = await runUnchanged(seeds);
  const survivors = all.filter((mutant) => proofs.get(mutant)?.caught === null);
  console.log(`\n${table(proofs)}\n`);
  for (const proof of unchanged) console.log(`without a bug: ${inWords(proof)}`);
  for (const { name, what } of survivors) console.log(`SURVIVED ${name}: ${what}`);
  const minutes = ((performance.now() - beganMs) / 60_000).toFixed(1);
  console.log(`${all.length - survivors.length} of ${all.length} seeded bugs caught, in ${minutes} minutes`);
  return survivors.length === 0 && unchanged.every(({ caught }) => caught === null) ? 0 : 1;
}

/** As many of them at a time as there are cores. */
async function inTurn<Item>(items: readonly Item[], task: (item: Item) => Promise<void>): Promise<void> {
  const left = [...items];
  const work = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await task(item);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

/** The seeds that some bug needed, over a copy without any: each must break no promise. */
async function runUnchanged(seeds: number): Promise<readonly Proof[]> {
  const size = Math.ceil(seeds / atOnce);
  const parts = Array.from({ length: atOnce }, (_, index) => ({
    from: 1 + index * size,
    to: Math.min(seeds, (index + 1) * size),
  })).filter(({ from, to }) => from <= to);
  return Promise.all(parts.map(proveUnchanged));
}

function inWords({ caught, seedsRun, tookMs }: Proof): string {
  const seconds = `${(tookMs / 1_000).toFixed(1)} s`;
  if (caught === null) return `${seedsRun} seeds and ${seconds}, and no promise was broken`;
  return `caught by seed ${caught.seed} in ${seconds}: ${caught.problem}`;
}

/** As it stands in `docs/internals/simulation.md`. */
function table(proofs: ReadonlyMap<Mutant, Proof>): string {
  return [
    '| name | the bug | where | seed | the first promise that breaks |',
    '| --- | --- | --- | ---: | --- |',
    ...mutants.flatMap((mutant) => {
      const proof = [...proofs].find(([{ name }]) => name === mutant.name)?.[1];
      return proof === undefined ? [] : [row(mutant, proof.caught)];
    }),
  ].join('\n');
}

function row({ name, what, edits }: Mutant, caught: Proof['caught']): string {
  const files = [...new Set(edits.map(({ file }) => `\`${file.replace(/^src\//, '')}\``))].join(', ');
  const problem = caught?.problem.replace(/^[\d.]+ s: /, '').replaceAll('|', '\\|') ?? '';
  return `| \`${name}\` | ${what} | ${files} | ${caught?.seed ?? 'none'} | ${short(problem)} |`;
}

function short(text: string): string {
  const plain = text
    .replaceAll(/0x([0-9a-f]{6})[0-9a-f]{10,}/g, '0x$1…')
    .replaceAll(/\b(tx|evt)_(\w{6})\w+/g, '$1_$2…');
  return plain.length <= 160 ? plain : `${plain.slice(0, 160)}…`;
}
