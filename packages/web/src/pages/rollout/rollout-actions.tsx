import type { CommandRequest } from '@sluice/protocol/http/requests.ts';
import type { RolloutView, TrackView } from '@sluice/protocol/http/views.ts';
import { useState } from 'react';
import { useApi } from '../../api/dashboard-api.tsx';
import { useMay } from '../../api/viewer.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { MayNot } from '../../parts/may-not.tsx';
import { useToast } from '../../parts/toasts.tsx';
import { actionsOf, type RolloutAction } from './actions-of.ts';
import { RollBackButton } from './roll-back-button.tsx';

interface ActionsProps {
  readonly rollout: RolloutView;
  readonly track: TrackView | undefined;
}

/** What a person may tell a rollout at this moment; each is confirmed by what it would do. */
export function RolloutActions({ rollout, track }: ActionsProps) {
  const [asked, setAsked] = useState<RolloutAction | null>(null);
  const actions = actionsOf(rollout);
  const may = useMay('delivery:steer', rollout.track);
  if (!may.allowed) {
    const isAnythingOffered = actions.length > 0 || rollout.outcome === 'succeeded';
    return isAnythingOffered ? <MayNot allowance={may} what="steer this rollout" /> : null;
  }
  return (
    <div className="row actions">
      {actions.map((action) => (
        <button
          key={action.command}
          type="button"
          className="button"
          data-weight={action.weight}
          onClick={() => setAsked(action)}
        >
          {action.label}
        </button>
      ))}
      {rollout.outcome === 'succeeded' && track && !track.active && <RollBackButton track={track} />}
      {asked && <Confirm rollout={rollout} action={asked} close={() => setAsked(null)} />}
    </div>
  );
}

function Confirm(props: {
  readonly rollout: RolloutView;
  readonly action: RolloutAction;
  readonly close: () => void;
}) {
  const { client, answers } = useApi();
  const tell = useToast();
  const { rollout, action, close } = props;
  const order: CommandRequest = {
    command: action.command,
    by: 'dashboard',
    seen: { rollout: rollout.id, step: rollout.step },
  };
  const done = (): void => {
    answers.renew();
    tell(`${action.label}: ${rollout.version} of ${rollout.track}`);
    close();
  };
  return (
    <ConfirmDialog
      title={`${action.label} ${rollout.version}?`}
      action={action.label}
      weight={action.weight === 'danger' ? 'danger' : 'main'}
      act={() => client.command(rollout.track, order)}
      done={done}
      close={close}
    >
      {action.consequences.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
    </ConfirmDialog>
  );
}
