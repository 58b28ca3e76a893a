import type { ReleaseSourceView } from '@sluice/protocol/http/release-source.ts';
import { harmless } from './text-width.ts';

/** As many digits of a commit as people read. */
const COMMIT_DIGITS = 7;

/** Where the code of a release comes from, in one line: `5f2c7e1 on main: SHOP-42: pay with two taps`; empty when nothing is known. */
export function sourceWords(source: ReleaseSourceView | undefined): string {
  const { commit, ref, message, repository } = source ?? {};
  const name = commit?.slice(0, COMMIT_DIGITS);
  const branch = ref?.replace(/^refs\/(heads|tags)\//, '');
  const place = [name, branch].filter((part) => part !== undefined).join(' on ') || repository || '';
  const [first = ''] = message?.split('\n') ?? [];
  return harmless([place, first].filter((part) => part !== '').join(': '));
}
