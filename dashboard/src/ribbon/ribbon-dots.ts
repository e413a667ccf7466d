import type { Row, TransactionBook } from '../model/transaction-book.ts';
import type { Ribbon, RibbonBlock } from './ribbon-layout.ts';

/** A tracked transaction on a block, or waiting for one. */
export interface RibbonDot {
  /** Keeps its identity while the transaction moves from block to block. */
  readonly key: string;
  readonly row: Row;
  /** `was`: it was in this block when the block was orphaned, and is elsewhere now. */
  readonly kind: 'in' | 'was' | 'waiting';
  /** The block's place; of a waiting one, right of the head. */
  readonly column: number;
  readonly ribbonRow: number;
  /** 0, 1, 2… within its block or among those that wait. */
  readonly slot: number;
}

export interface DotCluster {
  readonly key: string;
  readonly column: number;
  readonly ribbonRow: number;
  /** Those for which there is no dot. */
  readonly more: number;
}

export interface RibbonDots {
  readonly dots: readonly RibbonDot[];
  readonly clusters: readonly DotCluster[];
  /** By block hash: every tracked transaction that is, or was, in it. */
  readonly byBlock: ReadonlyMap<string, readonly Row[]>;
  readonly waiting: readonly Row[];
}

export interface DotOptions {
  /** CAIP-2. */
  readonly chain: string;
  /** Dots for which a block has room; where there are more, the last place counts them. */
  readonly perBlock: number;
  readonly waitingPlaces: number;
}

const waitsForBlock: ReadonlySet<string> = new Set(['unknown', 'pending']);

/** Puts the tracked transactions on the blocks of a ribbon. Pure. */
export function placeDots(ribbon: Ribbon, book: TransactionBook, options: DotOptions): RibbonDots {
  const blocks = new Map(ribbon.blocks.map((one) => [one.block.hash, one]));
  const inBlock = new Map<string, Row[]>();
  const waiting: Row[] = [];
  for (const row of book.rows) {
    const { chain, status, blockHash } = row.transaction;
    if (chain !== options.chain) continue;
    if (waitsForBlock.has(status)) waiting.push(row);
    else if (blockHash !== null && blocks.has(blockHash)) append(inBlock, blockHash, row);
  }
  const placed = ribbon.blocks.map((block) =>
    placeOn(block, inBlock.get(block.block.hash) ?? [], book, options.perBlock),
  );
  const queue = placeWaiting(waiting, ribbon.columns, options.waitingPlaces);
  return {
    dots: [...placed.flatMap(({ dots }) => dots), ...queue.dots],
    clusters: [...placed.flatMap(({ clusters }) => clusters), ...queue.clusters],
    byBlock: new Map(placed.map(({ hash, rows }) => [hash, rows])),
    waiting,
  };
}

function placeOn(place: RibbonBlock, held: readonly Row[], book: TransactionBook, room: number) {
  const { hash } = place.block;
  const here = new Set(held.map(({ transaction }) => transaction.id));
  const left = [...book.orphanedIn(hash)].filter((id) => !here.has(id)).flatMap((id) => book.row(id) ?? []);
  const rows = [...held, ...left];
  const shown = rows.length > room ? rows.slice(0, room - 1) : rows;
  const dots = shown.map((row, slot): RibbonDot => {
    const isHere = here.has(row.transaction.id);
    return {
      key: isHere ? row.transaction.id : `${row.transaction.id} ${hash}`,
      row,
      kind: isHere ? 'in' : 'was',
      column: place.column,
      ribbonRow: place.row,
      slot,
    };
  });
  return { hash, rows, dots, clusters: clusterOf(hash, place.column, place.row, rows.length - shown.length) };
}

function placeWaiting(waiting: readonly Row[], column: number, room: number) {
  const shown = waiting.slice(0, waiting.length > room ? room - 1 : room);
  const dots = shown.map(
    (row, slot): RibbonDot => ({
      key: row.transaction.id,
      row,
      kind: 'waiting',
      column,
      ribbonRow: 0,
      slot,
    }),
  );
  return { dots, clusters: clusterOf('waiting', column, 0, waiting.length - shown.length) };
}

function clusterOf(key: string, column: number, ribbonRow: number, more: number): readonly DotCluster[] {
  return more === 0 ? [] : [{ key, column, ribbonRow, more }];
}

function append(map: Map<string, Row[]>, key: string, row: Row): void {
  const rows = map.get(key);
  if (rows === undefined) map.set(key, [row]);
  else rows.push(row);
}
