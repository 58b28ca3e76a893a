import type { Command } from 'commander';

/** What narrows a list of entries down, as it is written on the command line. */
export interface FilterOptions {
  readonly from?: string;
  readonly to?: string;
  readonly actor?: string;
  readonly action?: string;
  readonly subject?: string;
}

/** Adds the options that narrow a list of entries down. */
export const withFilter = (command: Command): Command =>
  command
    .option('--from <moment>', 'at or after: a day, a moment, or a span before now such as 7d')
    .option('--to <moment>', 'before: a day, a moment, or a span before now')
    .option('--actor <who>', 'who did it, exactly')
    .option('--action <what>', 'what was done, exactly')
    .option('--subject <what>', 'to what it was done, exactly');
