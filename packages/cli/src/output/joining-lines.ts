import type { JoinTokenView, NewJoinTokenView, WorkerIdentityView } from '@sluice/protocol/http/joining.ts';
import type { Space } from './space.ts';
import { table } from './table.ts';
import { cutTo, harmless } from './text-width.ts';
import { momentWords } from './words.ts';

/** A join token that was made: what lets join stands alone on the first line. */
export const newJoinTokenLines = ({ token, uses, track, expiresAt }: NewJoinTokenView): readonly string[] => [
  token,
  `${uses === 1 ? 'One worker' : `${uses} workers`} of ${harmless(track)} may join with it until ${momentWords(expiresAt)}.`,
  'It cannot be shown again. A worker is given it as SLUICE_JOIN_TOKEN, or in the file of SLUICE_JOIN_TOKEN_FILE.',
];

/** Join tokens as a table. */
export const joinTokenTable = (tokens: readonly JoinTokenView[], space: Space): readonly string[] =>
  tokens.length === 0
    ? ['No join token is there.']
    : shown(
        space,
        ['ID', 'WORKERS OF', 'USES LEFT', 'MADE BY', 'EXPIRES'],
        tokens.map((token) => [
          ...[token.id, token.track, `${token.usesLeft} of ${token.uses}`, token.createdBy],
          momentWords(token.expiresAt),
        ]),
      );

/** Workers that have joined, as a table. */
export const workerIdentityTable = (
  workers: readonly WorkerIdentityView[],
  space: Space,
): readonly string[] =>
  workers.length === 0
    ? ['No worker has joined.']
    : shown(
        space,
        ['ID', 'WORKER', 'OF', 'COMES IN BY', 'JOINED', 'UNTIL, UNLESS RENEWED'],
        workers.map(({ id, name, track, kind, joinedAt, expiresAt }) => [
          ...[id, name, track, kind, momentWords(joinedAt), momentWords(expiresAt)],
        ]),
      );

const shown = (
  { style, columns }: Space,
  titles: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] =>
  table(
    titles.map((title) => ({ title })),
    rows.map((row) => row.map(harmless)),
  ).map((line) => cutTo(line, columns, style.symbols.more));
