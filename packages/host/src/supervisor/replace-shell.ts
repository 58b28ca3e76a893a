/** Characters that may make a command more than one program: lists, pipes, subshells, substitutions. */
const MORE_THAN_ONE = /[;&|()`\n]/;
/** Words that only the shell itself understands, and that `exec` therefore cannot run. */
const OF_THE_SHELL = new Set([
  '.',
  '!',
  '{',
  '#',
  'source',
  'exec',
  'eval',
  'command',
  'builtin',
  'time',
  'cd',
  'set',
]);

/**
 * Lets the shell replace itself by the program where the command is a single one, so that the leader of the process
 * group is the program: its exit code and signals are seen as they are, and no idle shell stays behind. (Debian's
 * dash does not do it by itself.) Any other command stays as it is: `exec` would end `a && b` after `a`. There the
 * shell stays, and signals reach the programs through the group.
 */
export function replaceShell(command: string): string {
  const [first = ''] = command.trim().split(/\s/, 1);
  const isSingle = !MORE_THAN_ONE.test(command.trim()) && !OF_THE_SHELL.has(first) && !/^\w+=/.test(first);
  return isSingle && first !== '' ? `exec ${command.trim()}` : command;
}
