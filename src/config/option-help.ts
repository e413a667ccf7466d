import { chainPresets } from './chain-presets.ts';
import { optionTable, variableOf } from './option-table.ts';
import type { Option } from './option-table.ts';
import { sandboxOptions } from './sandbox-config.ts';

/** The help of `txtrail start`, made from the option table. */
export function startHelp(): string {
  const flags = optionTable.filter((option) => option.flag !== undefined);
  const variables = optionTable.filter((option) => option.variable !== undefined);
  const inFile = optionTable.filter((option) => option.flag === undefined && option.path !== null);
  return [
    'txtrail start [options]',
    '',
    'Follows chains and tells clients what becomes of their transactions, in one process.',
    'An option is taken from its flag, else its variable, else the file, else the default.',
    '',
    'Options:',
    ...flags.flatMap((option) =>
      entry(`--${option.flag} ${option.value}`, `${describe(option)} (${variableOf(option)})`),
    ),
    '',
    'Variables without a flag:',
    ...variables.flatMap((option) => entry(option.variable!, describe(option))),
    '',
    'In the file only:',
    ...inFile.flatMap((option) => entry(option.path!, describe(option))),
    '',
    `Presets: ${chainPresets.map((preset) => preset.name).join(', ')}.`,
    'Any other EVM chain goes by its CAIP-2 id: --chain eip155:4242=http://127.0.0.1:8545',
    '',
  ].join('\n');
}

/** The help of `txtrail sandbox`. */
export function sandboxHelp(): string {
  return [
    'txtrail sandbox [options]',
    '',
    'Runs the tracker over a chain of its own that needs no node and no key: it mines, is served as JSON-RPC,',
    'has demo traffic, and is reorganised now and then. The chain is a new one at each start.',
    '',
    'Options:',
    ...sandboxOptions.flatMap((option) =>
      entry(option.isSwitch === true ? `--${option.flag}` : `--${option.flag} ${option.value}`, describe(option)),
    ),
    '',
    'TXTRAIL_API_KEY is the key where it is set; else one is kept in sandbox-key in the data directory.',
    '',
  ].join('\n');
}

function describe(option: Option): string {
  const facts = [
    ...(option.isSwitch === true ? [] : [`Expected: ${option.type.expected}.`]),
    ...(option.unit === undefined ? [] : [`Unit: ${option.unit}.`]),
    ...defaultWords(option.default),
    ...(option.isReserved === true ? ['Checked, without effect in this version.'] : []),
  ];
  return `${option.description} ${facts.join(' ')}`;
}

/** An empty list is told by the description; a text is quoted, since it may end with a full stop itself. */
function defaultWords(value: Option['default']): readonly string[] {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return [];
  return [`Default: ${typeof value === 'string' ? JSON.stringify(value) : String(value)}.`];
}

function entry(head: string, words: string): readonly string[] {
  return [`  ${head}`, `      ${words}`];
}
