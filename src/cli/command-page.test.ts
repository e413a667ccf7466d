import { expect, test } from 'vitest';
import { startHelp, sandboxHelp } from '../config/option-help.ts';
import { FakeTerminal } from '../../test/harness/fake-terminal.ts';
import { commandHelp, exitsOf, flagHead, flagWords } from './command-help.ts';
import type { CommandSpec } from './command-spec.ts';
import * as table from './command-table.ts';
import { commands, runCommand } from './run-command.ts';

const specs = Object.values(table).filter((entry): entry is CommandSpec => 'usage' in entry);

/** The reference page, made of the tables that read the command lines. */
function page(): string {
  return [
    '# The command line',
    '',
    'This page is made from the tables that the program reads its arguments by. `npx vitest run src/cli/command-page.test.ts -u` writes it anew; without `-u` the test fails where it differs.',
    '',
    'In a checkout: `npx txtrail COMMAND`. Data goes to stdout, everything else to stderr. Where stdout is no terminal, `NO_COLOR` is set or `TERM` is `dumb`, nothing is coloured; where stderr is none, no line is rewritten. Text from outside is shown with its control characters made visible.',
    '',
    ...rows(
      ['command', 'what it does'],
      commands.map(({ name, summary }) => [`[\`${name}\`](#${name})`, summary]),
    ),
    '',
    '## Exit codes',
    '',
    'They are stable. Every command ends with one of these, or with what its own table adds.',
    '',
    ...rows(
      ['code', 'meaning'],
      table.commonExits.map(({ code, meaning }) => [`${code}`, meaning]),
    ),
    ...commands.flatMap(({ name }) => ['', ...section(name)]),
    '',
  ].join('\n');
}

function section(name: string): readonly string[] {
  const spec = specs.find((candidate) => candidate.name === name);
  if (spec === undefined) return serving(name);
  return [
    `## ${name}`,
    '',
    '```',
    `txtrail ${name} ${spec.usage}`,
    '```',
    ...spec.about.flatMap((sentence) => ['', sentence]),
    '',
    ...rows(
      ['option', 'meaning'],
      spec.flags.map((flag) => [`\`${flagHead(flag)}\``, flagWords(flag)]),
    ),
    ...(spec.exits.length === 0
      ? []
      : [
          '',
          ...rows(
            ['exit code', 'meaning'],
            exitsOf(spec).map(({ code, meaning }) => [`${code}`, meaning]),
          ),
        ]),
    '',
    '```',
    ...spec.examples,
    '```',
  ];
}

/** Commands that serve have the options of the configuration, which is told on its own page. */
function serving(name: string): readonly string[] {
  const help = (name === 'start' ? startHelp() : sandboxHelp()).split('\n');
  const [usage, , ...rest] = help;
  const about = rest.slice(0, rest.indexOf(''));
  return [
    `## ${name}`,
    '',
    '```',
    String(usage),
    '```',
    '',
    about.join(' '),
    '',
    'It ends with 0 after SIGTERM or Ctrl-C, with 1 when it cannot go on, with 2 where the command line or the configuration has mistakes.',
    `Options: \`txtrail ${name} --help\`, and [configuration](config.md).`,
  ];
}

function rows(head: readonly string[], entries: readonly (readonly string[])[]): readonly string[] {
  const row = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [row(head), row(head.map(() => '---')), ...entries.map(row)];
}

test('docs/reference/cli.md is what the tables say', async () => {
  await expect(page()).toMatchFileSnapshot('../../docs/reference/cli.md');
});

test('every command of the table can be called, and every other one serves', () => {
  const names = commands.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(specs.map(({ name }) => name)));
  expect(names.filter((name) => specs.every((spec) => spec.name !== name))).toEqual(['start', 'sandbox']);
});

test.each(specs.map((spec) => [spec.name, spec] as const))(
  '%s --help names every flag and exit code',
  async (name, spec) => {
    const terminal = new FakeTerminal();
    expect(await runCommand([name, '--help'], terminal)).toBe(0);
    expect(terminal.stdout).toBe(commandHelp(spec));
    for (const flag of spec.flags) expect(terminal.stdout).toContain(`\n  ${flagHead(flag)}\n`);
    for (const { code } of exitsOf(spec)) expect(terminal.stdout).toMatch(new RegExp(`^  ${code} `, 'm'));
    const longest = Math.max(...terminal.lines.map((line) => line.length));
    expect(longest).toBeLessThanOrEqual(100);
  },
);
