const digits = new Intl.NumberFormat('en-US');

/** `1,234,567`. */
export function groupDigits(value: number): string {
  return digits.format(value);
}

/** A hash or an address by both of its ends; short text is left as it is. */
export function shortHash(hash: string, start = 6, end = 4): string {
  return hash.length <= start + end + 3 ? hash : `${hash.slice(0, start + 2)}…${hash.slice(-end)}`;
}

const weiOfGwei = 1_000_000_000n;

/** Wei as gwei with up to three decimals; what is no whole number comes back as it is. */
export function gweiText(wei: string): string {
  if (!/^\d+$/.test(wei)) return wei;
  const amount = BigInt(wei);
  const fraction = String((amount % weiOfGwei) / 1_000_000n)
    .padStart(3, '0')
    .replace(/0+$/, '');
  const whole = groupDigits(Number(amount / weiOfGwei));
  return `${whole}${fraction === '' ? '' : `.${fraction}`} gwei`;
}

/** `1 block`, `3 blocks`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${groupDigits(count)} ${count === 1 ? one : many}`;
}

/** What a tenant calls a transaction: its metadata's `label` or `name`, cut to a line; null where it has none. */
export function labelOf(metadata: unknown): string | null {
  if (typeof metadata !== 'object' || metadata === null) return null;
  const { label, name } = metadata as { readonly label?: unknown; readonly name?: unknown };
  const text = [label, name].find((value) => typeof value === 'string' && value.trim() !== '') as string | undefined;
  if (text === undefined) return null;
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > labelLimit ? `${line.slice(0, labelLimit - 1)}…` : line;
}

const labelLimit = 120;
