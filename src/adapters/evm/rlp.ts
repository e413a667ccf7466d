/**
 * Recursive length prefix, the encoding of signed transactions and headers. Decoding is strict:
 * only the one canonical encoding of an item is accepted, so encoding what was decoded gives the
 * same bytes again, and a hash over a re-encoded part is the hash of the part as it was sent.
 */

export type RlpItem = Uint8Array | RlpList;

export interface RlpList extends ReadonlyArray<RlpItem> {}

export interface RlpFailure {
  readonly ok: false;
  readonly message: string;
  /** The byte at which the mistake stands. */
  readonly offset: number;
}

export type RlpResult = { readonly ok: true; readonly item: RlpItem } | RlpFailure;

/** A network-wrapped transaction nests five deep; more is an attempt to exhaust the stack. */
export const rlpDepthLimit = 64;

/** Decodes exactly one item that fills `bytes`. Byte strings are views into `bytes`, not copies. */
export function decodeRlp(bytes: Uint8Array): RlpResult {
  const decoded = decodeItem(bytes, 0, bytes.length, 0);
  if ('ok' in decoded) return decoded;
  if (decoded.next !== bytes.length) return failure('bytes follow after the end of the item', decoded.next);
  return { ok: true, item: decoded.item };
}

interface Decoded {
  readonly item: RlpItem;
  readonly next: number;
}

function decodeItem(bytes: Uint8Array, at: number, end: number, depth: number): Decoded | RlpFailure {
  const span = spanAt(bytes, at, end);
  if ('ok' in span) return span;
  if (!span.isList) return { item: bytes.subarray(span.from, span.to), next: span.to };
  if (depth >= rlpDepthLimit) return failure(`lists nest deeper than ${rlpDepthLimit}`, at);
  const items: RlpItem[] = [];
  let next = span.from;
  while (next < span.to) {
    const decoded = decodeItem(bytes, next, span.to, depth + 1);
    if ('ok' in decoded) return decoded;
    items.push(decoded.item);
    next = decoded.next;
  }
  return { item: items, next };
}

interface Span {
  readonly isList: boolean;
  readonly from: number;
  readonly to: number;
}

function spanAt(bytes: Uint8Array, at: number, end: number): Span | RlpFailure {
  const first = at < end ? bytes[at] : undefined;
  if (first === undefined) return failure('the item is missing', at);
  if (first < 0x80) return { isList: false, from: at, to: at + 1 };
  const isList = first >= 0xc0;
  const code = first - (isList ? 0xc0 : 0x80);
  if (code >= 56) return longSpanAt(bytes, at, end, isList, code - 55);
  const from = at + 1;
  const to = from + code;
  if (to > end) return failure('the item is cut short', at);
  if (!isList && code === 1 && (bytes[from] ?? 0) < 0x80) {
    return failure('a single byte below 0x80 must stand for itself', at);
  }
  return { isList, from, to };
}

function longSpanAt(
  bytes: Uint8Array,
  at: number,
  end: number,
  isList: boolean,
  sizeLength: number,
): Span | RlpFailure {
  const from = at + 1 + sizeLength;
  if (from > end) return failure('the length is cut short', at);
  if (bytes[at + 1] === 0) return failure('the length has a leading zero', at);
  let length = 0;
  for (let index = at + 1; index < from; index += 1) length = length * 256 + (bytes[index] ?? 0);
  if (length < 56) return failure('a length below 56 must be in the first byte', at);
  if (length > end - from) return failure('the item is cut short', at);
  return { isList, from, to: from + length };
}

function failure(message: string, offset: number): RlpFailure {
  return { ok: false, message, offset };
}

/** The canonical encoding of an item. */
export function encodeRlp(item: RlpItem): Uint8Array {
  const bytes = new Uint8Array(encodedSize(item));
  write(item, bytes, 0);
  return bytes;
}

/** A number as RLP carries it: big-endian, without leading zeros, zero as no bytes. */
export function rlpInteger(value: bigint | number): Uint8Array {
  if (BigInt(value) === 0n) return new Uint8Array(0);
  const hex = BigInt(value).toString(16);
  return Uint8Array.from(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex'));
}

function encodedSize(item: RlpItem): number {
  const size = payloadSize(item);
  if (item instanceof Uint8Array && size === 1 && (item[0] ?? 0) < 0x80) return 1;
  return size < 56 ? 1 + size : 1 + sizeLengthOf(size) + size;
}

function payloadSize(item: RlpItem): number {
  if (item instanceof Uint8Array) return item.length;
  return item.reduce((total, part) => total + encodedSize(part), 0);
}

function sizeLengthOf(size: number): number {
  return Math.ceil(size.toString(16).length / 2);
}

function write(item: RlpItem, bytes: Uint8Array, at: number): number {
  const size = payloadSize(item);
  if (item instanceof Uint8Array && size === 1 && (item[0] ?? 0) < 0x80) {
    bytes[at] = item[0] ?? 0;
    return at + 1;
  }
  let next = writePrefix(size, item instanceof Uint8Array ? 0x80 : 0xc0, bytes, at);
  if (item instanceof Uint8Array) {
    bytes.set(item, next);
    return next + size;
  }
  for (const part of item) next = write(part, bytes, next);
  return next;
}

function writePrefix(size: number, base: number, bytes: Uint8Array, at: number): number {
  if (size < 56) {
    bytes[at] = base + size;
    return at + 1;
  }
  const sizeLength = sizeLengthOf(size);
  bytes[at] = base + 55 + sizeLength;
  for (let index = 0; index < sizeLength; index += 1) {
    bytes[at + sizeLength - index] = Math.floor(size / 256 ** index) % 256;
  }
  return at + 1 + sizeLength;
}
