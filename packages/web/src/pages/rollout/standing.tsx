import type { RolloutView, TrackView } from '@sluice/protocol/http/views.ts';
import { Icon } from '../../parts/icon.tsx';
import { phaseLook } from '../../parts/mark.tsx';
import { Sentence } from '../../parts/person.tsx';
import { spanWords } from '../../parts/figures.ts';

interface StandingProps {
  readonly rollout: RolloutView;
  readonly explanation: TrackView['explanation'] | undefined;
}

/** How a rollout stands, in the sentences with which the engine explains itself. */
export function Standing({ rollout, explanation }: StandingProps) {
  const { tone, icon } = phaseLook(rollout.phase);
  const [headline, ...rest] = sentencesOf(rollout, explanation);
  return (
    <div className="note standing" data-tone={tone}>
      <span className="mark" data-tone={tone}>
        <Icon name={icon} />
      </span>
      <div>
        <p className="strong" aria-live="polite">
          <Sentence text={headline ?? ''} />
        </p>
        {rest.map((sentence) => (
          <p key={sentence} className="muted">
            <Sentence text={sentence} />
          </p>
        ))}
      </div>
    </div>
  );
}

function sentencesOf(rollout: RolloutView, explanation: StandingProps['explanation']): readonly string[] {
  if (rollout.outcome !== null) return endOf(rollout);
  if (!explanation) return [rollout.reason?.detail ?? phaseLook(rollout.phase).word];
  const { doing, waitingFor, next, refusedOrders = [] } = explanation;
  return [
    sentence(doing),
    ...(waitingFor === null ? [] : [sentence(`Waits for ${waitingFor}`)]),
    ...(next === null ? [] : [sentence(`Then: ${next}`)]),
    ...refusedOrders.map(({ ordered, reason }) => sentence(`Refused: ${ordered}: ${reason}`)),
  ];
}

function endOf({
  outcome,
  version,
  reason,
  startedAt,
  finishedAt,
  verdictAt,
}: RolloutView): readonly string[] {
  const took = startedAt === null || finishedAt === null ? '' : ` after ${spanWords(finishedAt - startedAt)}`;
  if (outcome === 'succeeded') return [`${version} is stable${took}.`];
  const verdict =
    verdictAt === null || startedAt === null
      ? []
      : [`The verdict came after ${spanWords(verdictAt - startedAt)}.`];
  return [`${version} was taken back${took}.`, ...(reason ? [sentence(reason.detail)] : []), ...verdict];
}

/** A sentence may begin with a version, which is a name and stays as it is. */
const sentence = (words: string): string => {
  const isName = /^\S*\d/.test(words);
  const text = isName ? words : words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?…]$/.test(text) ? text : `${text}.`;
};
