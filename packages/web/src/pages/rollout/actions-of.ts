import type { CommandRequest } from '@sluice/protocol/http/requests.ts';
import type { RolloutView } from '@sluice/protocol/http/views.ts';
import { shareWords } from '../../parts/figures.ts';

/** Something that a person may tell a rollout, and what it would do. */
export interface RolloutAction {
  readonly command: CommandRequest['command'];
  readonly label: string;
  readonly weight: 'main' | 'danger' | 'plain';
  /** In sentences, from the plan of this rollout. */
  readonly consequences: readonly string[];
}

/** What may be told a rollout in its present phase, the likeliest first. */
export function actionsOf(rollout: RolloutView): readonly RolloutAction[] {
  switch (rollout.phase) {
    case 'running':
      return [promote(rollout), pause(rollout), skip(rollout), promoteFull(rollout), abort(rollout)];
    case 'held':
      return [...heldActions(rollout), abort(rollout)];
    case 'planned':
    case 'promoting':
      return [abort(rollout)];
    case 'stuck':
      return [resume(rollout)];
    default:
      return [];
  }
}

/** What a gate or an approval keeps is let through by who may open it, on the panel of gates; not by who steers. */
function heldActions(rollout: RolloutView): readonly RolloutAction[] {
  const kind = rollout.reason?.kind;
  if (kind === 'gate' || rollout.approvals?.asked) return [];
  const first = kind === 'approval' ? promote(rollout, 'Approve') : resume(rollout);
  return [first, skip(rollout), promoteFull(rollout)];
}

const present = ({ plan, step }: RolloutView) => (step === null ? undefined : plan.steps[step]);
const following = ({ plan, step }: RolloutView) => (step === null ? undefined : plan.steps[step + 1]);

function nextWords(rollout: RolloutView): string {
  const step = following(rollout);
  if (!step) return `After it there is no other step: ${rollout.version} becomes stable.`;
  return `The next step follows at once: ${step.words} (${shareWords(step.candidateShareBasisPoints)} for ${rollout.version}).`;
}

const promote = (rollout: RolloutView, label = 'Promote'): RolloutAction => ({
  command: 'promote',
  label,
  weight: 'main',
  consequences: [
    `This ends the present step before its time: ${present(rollout)?.words ?? 'it waits'}.`,
    nextWords(rollout),
    'Hard limits and the judge go on watching; a bad release is still taken back by itself.',
  ],
});

const pause = (rollout: RolloutView): RolloutAction => ({
  command: 'pause',
  label: 'Pause',
  weight: 'plain',
  consequences: [
    `${rollout.version} keeps its ${shareWords(rollout.candidateShareBasisPoints)} until somebody resumes it.`,
    'It is still watched: when the evidence turns against it, it is taken back.',
  ],
});

const resume = (rollout: RolloutView): RolloutAction => ({
  command: 'resume',
  label: 'Resume',
  weight: 'main',
  consequences: [
    rollout.phase === 'stuck'
      ? 'Taking it back is tried again from where it stopped.'
      : `It goes on where it stands: ${present(rollout)?.words ?? 'the present step'}.`,
  ],
});

const skip = (rollout: RolloutView): RolloutAction => ({
  command: 'skip',
  label: 'Skip step',
  weight: 'plain',
  consequences: [
    `The present step is left out, whatever it waits for: ${present(rollout)?.words ?? 'it waits'}.`,
    nextWords(rollout),
  ],
});

const promoteFull = (rollout: RolloutView): RolloutAction => ({
  command: 'promote-full',
  label: 'Promote to 100 %',
  weight: 'plain',
  consequences: [
    `${rollout.version} becomes stable now and gets every request.`,
    `${stepsLeft(rollout)} left out, with everything they would have shown.`,
  ],
});

function stepsLeft({ plan, step }: RolloutView): string {
  const left = plan.steps.length - (step ?? 0);
  return left === 1 ? 'One step is' : `${left} steps are`;
}

const abort = (rollout: RolloutView): RolloutAction => ({
  command: 'abort',
  label: 'Abort',
  weight: 'danger',
  consequences: [
    rollout.stable === null
      ? `Nothing was stable before: ${rollout.version} is stopped, and nothing answers requests any more.`
      : 'The stable revision gets all requests back at once.',
    `${rollout.version} gets no new requests, finishes those it has, and is stopped.`,
  ],
});
