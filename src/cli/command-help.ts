import type { CommandSpec, ExitSpec, FlagSpec } from './command-spec.ts';
import { commonExits } from './command-table.ts';

const width = 100;

/** The help of one command. */
export function commandHelp(spec: CommandSpec): string {
  return [
    `txtrail ${spec.name} ${spec.usage}`,
    '',
    ...spec.about.flatMap((sentence) => wrapped(sentence, '')),
    '',
    'Options:',
    ...[...spec.flags, helpFlag].flatMap((flag) => [`  ${flagHead(flag)}`, ...wrapped(flagWords(flag), '      ')]),
    '',
    'Exit codes:',
    ...exitsOf(spec).flatMap(({ code, meaning }) => wrapped(meaning, '       ', `  ${String(code).padEnd(5)}`)),
    '',
    'Examples:',
    ...spec.examples.map((example) => `  ${example}`),
    '',
  ].join('\n');
}

const helpFlag: FlagSpec = { name: 'help', description: 'Show this.' };

export function flagHead(flag: FlagSpec): string {
  return flag.value === undefined ? `--${flag.name}` : `--${flag.name} ${flag.value}`;
}

export function flagWords(flag: FlagSpec): string {
  const marks = [
    ...(flag.isRequired === true ? ['Required.'] : []),
    ...(flag.isRepeatable === true ? ['May be given several times.'] : []),
    ...(flag.variable === undefined ? [] : [`(${flag.variable})`]),
  ];
  return [flag.description, ...marks].join(' ');
}

/** A command's own words for a code take the place of the common ones. */
export function exitsOf(spec: CommandSpec): readonly ExitSpec[] {
  const own = spec.exits;
  const others = commonExits.filter(({ code }) => !own.some((exit) => exit.code === code));
  return [...own, ...others].sort((one, other) => one.code - other.code);
}

function wrapped(words: string, indent: string, first = indent): readonly string[] {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of words.split(' ')) {
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}
