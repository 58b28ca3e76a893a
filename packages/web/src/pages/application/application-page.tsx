import type { TrackView } from '@sluice/protocol/http/views.ts';
import { useEffect } from 'react';
import { useAnswer, useApi, useEvents } from '../../api/dashboard-api.tsx';
import { tracksQuestion } from '../../api/questions.ts';
import { shareWords } from '../../parts/figures.ts';
import { Mark, PhaseMark } from '../../parts/mark.tsx';
import { ShareBar } from '../../parts/share-bar.tsx';
import { Answered, Empty } from '../../parts/states.tsx';
import { rolloutAddress, trackAddress } from '../../routing/addresses.ts';
import { Link } from '../../routing/location.tsx';
import type { PageProps } from '../../routing/routes.ts';
import { healthOf } from '../overview/board-of.ts';
import './application.css';

const EVERY_MS = 3000;

/** One application: its components in every environment. */
export function ApplicationPage({ words }: PageProps) {
  const { client, answers } = useApi();
  const application = words['application'] ?? '';
  const question = tracksQuestion(client, { application });
  const answer = useAnswer(question, EVERY_MS);
  useEvents(({ track }) => {
    if (track.startsWith(`${application}/`)) answers.renew((name) => name === question.name);
  });
  useEffect(() => {
    document.title = `${application} · Sluice`;
  }, [application]);
  return (
    <div>
      <div className="page-head">
        <div>
          <nav className="crumbs" aria-label="Where this belongs">
            <Link href="/">Overview</Link>
            <span aria-hidden="true">/</span>
            <span>Application</span>
          </nav>
          <h1>{application}</h1>
        </div>
      </div>
      <Answered answer={answer} what="the application" height={240}>
        {({ items }) =>
          items.length === 0 ? (
            <div className="panel">
              <Empty icon="search" title="There is no such application">
                <p>An application is known from its first release on.</p>
              </Empty>
            </div>
          ) : (
            <ul className="tracks">
              {items.map((track) => (
                <li key={track.id}>
                  <TrackCard track={track} />
                </li>
              ))}
            </ul>
          )
        }
      </Answered>
    </div>
  );
}

function TrackCard({ track }: { readonly track: TrackView }) {
  const { active, stable, explanation } = track;
  const health = healthOf(track);
  return (
    <article className="panel track-card">
      <div className="row">
        <Link href={trackAddress(track.id)} className="strong" data-row>
          {track.environment} · {track.component}
        </Link>
        <span className="push">
          {active ? (
            <PhaseMark phase={active.phase} />
          ) : (
            <Mark tone={health.tone} icon={health.icon} form="pill">
              {health.word}
            </Mark>
          )}
        </span>
      </div>
      <div className="row">
        <span className="mono">{stable?.version ?? 'Nothing runs'}</span>
        {active && (
          <>
            <span className="muted">→</span>
            <Link href={rolloutAddress(active.id)} className="mono strong">
              {active.version}
            </Link>
            <span className="push">{shareWords(active.candidateShareBasisPoints)}</span>
          </>
        )}
      </div>
      {active && (
        <ShareBar
          shares={[
            { label: active.version, role: 'candidate', basisPoints: active.candidateShareBasisPoints },
            {
              label: stable?.version ?? 'others',
              role: 'stable',
              basisPoints: 10_000 - active.candidateShareBasisPoints,
            },
          ]}
        />
      )}
      <p className="small muted cut">{explanation.waitingFor ?? explanation.doing}</p>
    </article>
  );
}
