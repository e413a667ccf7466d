import type { ChainDetail, RecentBlock, RecentReorg } from '@txtrail/protocol';

/** How far the chain has settled a block. */
export type Settled = 'final' | 'safe' | 'open';

export interface RibbonBlock {
  readonly block: RecentBlock;
  /** From the left; 0 is the oldest shown. */
  readonly column: number;
  /** 0: canonical. Below that, orphaned branches. */
  readonly row: number;
  readonly settled: Settled;
  readonly isHead: boolean;
  /** null: canonical. */
  readonly reorg: RecentReorg | null;
}

/** From a block to the one after it. */
export interface RibbonLink {
  readonly key: string;
  readonly fromColumn: number;
  readonly fromRow: number;
  readonly toColumn: number;
  readonly toRow: number;
}

/** An orphaned branch, for its caption. */
export interface RibbonBranch {
  readonly reorg: RecentReorg;
  readonly row: number;
  readonly fromColumn: number;
  readonly toColumn: number;
}

export interface RibbonSegment {
  readonly settled: Settled;
  readonly fromColumn: number;
  readonly toColumn: number;
}

export interface Ribbon {
  readonly columns: number;
  /** At least 1. */
  readonly rows: number;
  readonly blocks: readonly RibbonBlock[];
  readonly links: readonly RibbonLink[];
  readonly branches: readonly RibbonBranch[];
  readonly segments: readonly RibbonSegment[];
  /** Branches in sight that found no room below. */
  readonly hiddenBranches: number;
}

export interface RibbonOptions {
  /** How many heights there is room for. */
  readonly columns: number;
  /** How many rows of orphaned branches there is room for. */
  readonly branchRows: number;
  /** How many columns stay free right of a branch, for its caption. */
  readonly captionColumns: number;
}

/** Lays out the newest blocks, newest right, and below them what reorgs took. Pure. */
export function layOutRibbon(
  chain: Pick<ChainDetail, 'recentBlocks' | 'recentReorgs' | 'finality'>,
  { columns, branchRows, captionColumns }: RibbonOptions,
): Ribbon {
  const newest = chain.recentBlocks[0];
  if (newest === undefined || columns < 1) return emptyRibbon(columns);
  const reorgs = uniqueReorgs(chain);
  // A new branch may be shorter than the one it took the place of, whose end then stands further right.
  const right = Math.max(newest.number, ...reorgs.map(({ orphaned }) => orphaned[0]?.number ?? 0));
  const columnOf = (number: number): number => columns - 1 - (right - number);
  const canonical = chain.recentBlocks
    .filter(({ number }) => columnOf(number) >= 0)
    .map(
      (block): RibbonBlock => ({
        block,
        column: columnOf(block.number),
        row: 0,
        settled: settledOf(block.number, chain.finality),
        isHead: block === newest,
        reorg: null,
      }),
    );
  const { branches, hidden } = placeBranches(reorgs, columnOf, { branchRows, captionColumns });
  const orphaned = branches.flatMap((branch) => orphanedBlocks(branch, columnOf));
  const blocks = [...canonical, ...orphaned];
  return {
    columns,
    rows: 1 + Math.max(0, ...branches.map(({ row }) => row)),
    blocks,
    links: linksOf(blocks, columnOf, newest.number),
    branches,
    segments: segmentsOf(canonical),
    hiddenBranches: hidden,
  };
}

export function settledOf(number: number, finality: ChainDetail['finality']): Settled {
  if (finality.finalized !== null && number <= finality.finalized.number) return 'final';
  if (finality.safe !== null && number <= finality.safe.number) return 'safe';
  return 'open';
}

/** A block that left the chain and came back is shown where it stands now; one that left twice, once. */
function uniqueReorgs({
  recentBlocks,
  recentReorgs,
}: Pick<ChainDetail, 'recentBlocks' | 'recentReorgs'>): RecentReorg[] {
  const shown = new Set(recentBlocks.map(({ hash }) => hash));
  return recentReorgs.flatMap((reorg) => {
    const orphaned = reorg.orphaned.filter(({ hash }) => !shown.has(hash));
    for (const { hash } of orphaned) shown.add(hash);
    return orphaned.length === 0 ? [] : [{ ...reorg, orphaned }];
  });
}

/** Newest reorg first, each in the highest row where it and its caption have room. */
function placeBranches(
  reorgs: readonly RecentReorg[],
  columnOf: (number: number) => number,
  { branchRows, captionColumns }: Pick<RibbonOptions, 'branchRows' | 'captionColumns'>,
): { readonly branches: readonly RibbonBranch[]; readonly hidden: number } {
  const branches: RibbonBranch[] = [];
  let hidden = 0;
  for (const reorg of reorgs) {
    const numbers = reorg.orphaned.map(({ number }) => number);
    const toColumn = columnOf(Math.max(...numbers));
    const fromColumn = Math.max(0, columnOf(Math.min(...numbers)));
    if (toColumn < 0) continue;
    const row = firstFreeRow(branches, fromColumn, toColumn, captionColumns);
    if (row > branchRows) hidden += 1;
    else branches.push({ reorg, row, fromColumn, toColumn });
  }
  return { branches, hidden };
}

function firstFreeRow(placed: readonly RibbonBranch[], from: number, to: number, captionColumns: number): number {
  const isTaken = (row: number): boolean =>
    placed.some(
      (branch) =>
        branch.row === row && branch.fromColumn <= to + captionColumns && from <= branch.toColumn + captionColumns,
    );
  let row = 1;
  while (isTaken(row)) row += 1;
  return row;
}

function orphanedBlocks({ reorg, row }: RibbonBranch, columnOf: (number: number) => number): readonly RibbonBlock[] {
  return reorg.orphaned
    .filter(({ number }) => columnOf(number) >= 0)
    .map((block) => ({ block, column: columnOf(block.number), row, settled: 'open', isHead: false, reorg }));
}

/** Each block to its parent; one whose parent is out of sight begins at the left edge, or hangs from the row above. */
function linksOf(
  blocks: readonly RibbonBlock[],
  columnOf: (number: number) => number,
  head: number,
): readonly RibbonLink[] {
  const byHash = new Map(blocks.map((one) => [one.block.hash, one]));
  return blocks.flatMap((one) => {
    const parent = byHash.get(one.block.parentHash);
    const fromColumn = columnOf(one.block.number - 1);
    if (parent === undefined && (fromColumn >= 0 || one.block.number > head)) return [];
    return {
      key: one.block.hash,
      fromColumn: Math.max(-1, fromColumn),
      fromRow: parent?.row ?? one.row,
      toColumn: one.column,
      toRow: one.row,
    };
  });
}

function segmentsOf(canonical: readonly RibbonBlock[]): readonly RibbonSegment[] {
  const segments: RibbonSegment[] = [];
  for (const settled of ['final', 'safe', 'open'] as const) {
    const columns = canonical.filter((one) => one.settled === settled).map(({ column }) => column);
    if (columns.length > 0)
      segments.push({ settled, fromColumn: Math.min(...columns), toColumn: Math.max(...columns) });
  }
  return segments;
}

function emptyRibbon(columns: number): Ribbon {
  return { columns, rows: 1, blocks: [], links: [], branches: [], segments: [], hiddenBranches: 0 };
}
