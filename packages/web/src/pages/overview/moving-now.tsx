import type { RolloutView, TrackView } from '@sluice/protocol/http/views.ts';
import { Icon } from '../../parts/icon.tsx';
import { PhaseMark } from '../../parts/mark.tsx';
import { ShareBar } from '../../parts/share-bar.tsx';
import { shareWords } from '../../parts/figures.ts';
import { Link } from '../../routing/location.tsx';
import { rolloutAddress } from '../../routing/addresses.ts';
import { needsSomebody } from './board-of.ts';
import { Sentence } from '../../parts/person.tsx';

/** Cards beyond this are on the board only. */
const CARDS = 12;

/** A track on which something moves. */
type Moving = TrackView & { readonly active: RolloutView };

/** What is under way, first of all what waits for a person. */
export function MovingNow({ tracks }: { readonly tracks: readonly TrackView[] }) {
  const moving = tracks.filter((track): track is Moving => track.active !== null);
  const sorted = [...moving].sort(
    (a, b) =>
      Number(needsSomebody(b)) - Number(needsSomebody(a)) || b.active.requestedAt - a.active.requestedAt,
  );
  return (
    <section aria-labelledby="moving" className="moving">
      <h2 id="moving">
        {moving.length === 0 ? 'Nothing moves' : `Moving now`}
        {moving.length > 0 && <span className="muted"> {moving.length}</span>}
      </h2>
      {moving.length === 0 ? (
        <p className="muted">Everything stands as it was last released.</p>
      ) : (
        <ul className="cards">
          {sorted.slice(0, CARDS).map((track) => (
            <li key={track.id}>
              <Card track={track} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Card({ track }: { readonly track: Moving }) {
  const { active, explanation, stable } = track;
  const isWaiting = needsSomebody(track);
  const candidate = active.candidateShareBasisPoints;
  return (
    <Link href={rolloutAddress(active.id)} className="card" data-row data-waiting={isWaiting || undefined}>
      <div className="row">
        <strong className="cut">
          {track.application} <span className="muted">/ {track.component}</span>
        </strong>
        <span className="push">
          <PhaseMark phase={active.phase} />
        </span>
      </div>
      <div className="row small muted">
        <span>{track.environment}</span>
        <span className="mono">
          {stable?.version ?? 'nothing'} → <span className="strong">{active.version}</span>
        </span>
        <span className="push strong">{shareWords(candidate)}</span>
      </div>
      <ShareBar
        shares={[
          { label: active.version, role: 'candidate', basisPoints: candidate },
          { label: stable?.version ?? 'others', role: 'stable', basisPoints: 10_000 - candidate },
        ]}
      />
      <p className="small cut" title={explanation.waitingFor ?? explanation.doing}>
        {isWaiting && <Icon name="waiting" />}
        <Sentence
          text={
            isWaiting
              ? (active.reason?.detail ?? explanation.doing)
              : (explanation.waitingFor ?? explanation.doing)
          }
        />
      </p>
    </Link>
  );
}
