import type { TrackView } from '@sluice/protocol/http/views.ts';
import { useId, useState } from 'react';
import { useApi } from '../../api/dashboard-api.tsx';
import { useMay } from '../../api/viewer.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { MayNot } from '../../parts/may-not.tsx';
import { useToast } from '../../parts/toasts.tsx';

interface RollBackProps {
  readonly track: TrackView;
  /** The revision that is proposed; without it the one before the stable one. */
  readonly to?: string;
  readonly label?: string;
}

/** Brings an earlier revision back. */
export function RollBackButton({ track, to, label = 'Roll back' }: RollBackProps) {
  const [isAsked, setAsked] = useState(false);
  const earlier = track.history.filter(({ revision }) => revision !== track.stable?.revision);
  const may = useMay('delivery:steer', track.id);
  if (earlier.length === 0 || track.active) return null;
  if (!may.allowed) return <MayNot allowance={may} what="roll this back" />;
  return (
    <>
      <button type="button" className="button" onClick={() => setAsked(true)}>
        {label}
      </button>
      {isAsked && (
        <Confirm
          track={track}
          earlier={earlier}
          to={to ?? earlier[0]?.revision ?? ''}
          close={() => setAsked(false)}
        />
      )}
    </>
  );
}

function Confirm(props: {
  readonly track: TrackView;
  readonly earlier: TrackView['history'];
  readonly to: string;
  readonly close: () => void;
}) {
  const { client, answers } = useApi();
  const tell = useToast();
  const [to, setTo] = useState(props.to);
  const [bySteps, setBySteps] = useState(false);
  const field = useId();
  const { track, earlier, close } = props;
  const name = earlier.find(({ revision }) => revision === to)?.version ?? to;
  const done = (): void => {
    answers.renew();
    tell(`${name} comes back on ${track.id}`);
    close();
  };
  return (
    <ConfirmDialog
      title={`Roll ${track.id} back?`}
      action={`Roll back to ${name}`}
      weight="danger"
      act={() => client.rollBack(track.id, { to, bySteps, by: 'dashboard' })}
      done={done}
      close={close}
    >
      <label className="field" htmlFor={field}>
        To which revision
        <select id={field} className="input" value={to} onChange={({ target }) => setTo(target.value)}>
          {earlier.map(({ revision, version }) => (
            <option key={revision} value={revision}>
              {version} ({revision})
            </option>
          ))}
        </select>
      </label>
      <label className="row">
        <input type="checkbox" checked={bySteps} onChange={({ target }) => setBySteps(target.checked)} />
        Step by step, by the component's own strategy
      </label>
      <p>
        {bySteps
          ? `${name} is released as any other version would be, under evidence.`
          : `${name} is started, and gets every request as soon as it is ready. ${track.stable?.version ?? ''} is then taken away.`}
      </p>
    </ConfirmDialog>
  );
}
