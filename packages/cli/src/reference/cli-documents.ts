import { Command } from 'commander';
import { COMMANDS } from '../command-table.ts';
import { EXIT_MEANINGS } from '../exit-codes.ts';
import { bareProgram, defineCommand } from '../run-cli.ts';

/** A generated file: where it lies in the repository and how its text is made. */
export interface CliDocument {
  readonly path: string;
  readonly produce: () => Promise<string>;
}

/** The documents that are generated from the commands' own help. */
export const cliDocuments = (): readonly CliDocument[] => [
  { path: 'docs/reference/cli.md', produce: cliReference },
];

const INTRODUCTION = `# The command line

This page is generated from the commands' own help: \`sluice help <command>\` says the same.

Every command has \`--json\`, which prints one JSON document on stdout, refusals included (\`status --watch\`,
\`logs --follow\`, \`events\` and \`tasks watch\` print one a line). In a terminal progress is live; in a pipe, and
where \`CI\` is set, it is plain lines, one for each thing that changed.

A command that is about one component in one environment takes \`application/environment/component\`, or as much of
it as is needed. Without it, the only one there is is meant, or the only one of the application that the
\`sluice.yaml\` of the working folder declares; when several fit, they are listed and nothing is done.
`;

const VARIABLES: readonly (readonly [string, string])[] = [
  ['SLUICE_HOME', 'The directory of `sluice up`; default `~/.sluice`. `--directory` wins.'],
  ['SLUICE_API', 'Address of the control plane; default the one that `sluice up` recorded. `--api` wins.'],
  [
    'SLUICE_CA_FILE',
    'PEM of the authority that the certificate of a control plane is of, where the machine does not know it.',
  ],
  ['DATABASE_URL', 'A PostgreSQL for `sluice up` to use instead of the embedded one.'],
  ['DRY_RUN', '`true`: `deploy` shows its plan, other commands say what they would do, and nothing is done.'],
  ['TRACEPARENT', 'The trace that a command is part of (W3C Trace Context), as CI systems set it.'],
  ['CANARY_WEIGHT', 'The share at which a canary begins, for `deploy` and `plan`. `--canary-weight` wins.'],
  ['NO_COLOR', 'No colours.'],
  ['CI', 'Plain lines without colours, even on a terminal.'],
  ['SLUICE_DEBUG', '`1`: unexpected failures are printed with the place where they happened.'],
];

async function cliReference(): Promise<string> {
  const sections: string[] = [];
  for (const { name, summary, load } of COMMANDS) {
    const program = bareProgram(HELP_SURROUNDINGS);
    const command = program.command(name).summary(summary);
    defineCommand(command, await load(), () => {});
    sections.push(`## sluice ${name}\n\n${helpBlock(command)}`);
    for (const verb of command.commands)
      sections.push(`### sluice ${name} ${verb.name()}\n\n${helpBlock(verb)}`);
  }
  return [INTRODUCTION, exitCodes(), variables(), ...sections].join('\n');
}

const helpBlock = (command: Command): string => `\`\`\`text\n${helpOf(command)}\n\`\`\`\n`;

/** Help is printed for a reader without a terminal, so that it is the same everywhere. */
const HELP_SURROUNDINGS = { columns: () => 0, out: () => {}, error: () => {} };

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text.trimEnd();
}

const exitCodes = (): string =>
  `## What commands end with\n\n| | |\n|---|---|\n${EXIT_MEANINGS.map(([code, meaning]) => `| ${code} | ${meaning} |`).join('\n')}\n`;

const variables = (): string =>
  `## Environment variables\n\n| | |\n|---|---|\n${VARIABLES.map(([name, meaning]) => `| \`${name}\` | ${meaning} |`).join('\n')}\n`;
