import type { ReleaseSourceView } from '@sluice/protocol/http/release-source.ts';
import { commitAddress } from './commit-address.ts';
import './source-line.css';
import { Time } from './time.tsx';

/** As many digits of a commit as people read. */
const COMMIT_DIGITS = 7;

/** Where the code of a release comes from: the commit, its branch, what its author wrote and when. */
export function SourceLine({ source }: { readonly source: ReleaseSourceView }) {
  const { repository, ref, message, authoredAt } = source;
  const [first = ''] = message?.split('\n') ?? [];
  return (
    <p className="small muted source-line">
      <Commit source={source} />
      {ref !== undefined && <span>on {ref.replace(/^refs\/(heads|tags)\//, '')}</span>}
      {first !== '' && <q title={message}>{first}</q>}
      {repository !== undefined && <span className="cut">{repository}</span>}
      {authoredAt !== undefined && (
        <span>
          written <Time at={authoredAt} />
        </span>
      )}
    </p>
  );
}

function Commit({ source }: { readonly source: ReleaseSourceView }) {
  if (source.commit === undefined) return null;
  const name = <code title={source.commit}>{source.commit.slice(0, COMMIT_DIGITS)}</code>;
  const address = commitAddress(source);
  if (address === undefined) return <span>commit {name}</span>;
  return (
    <a href={address} target="_blank" rel="noreferrer noopener">
      commit {name}
    </a>
  );
}
