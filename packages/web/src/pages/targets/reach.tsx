import { countWords } from '../../parts/figures.ts';
import { Mark } from '../../parts/mark.tsx';

/** Whether something answers, and why not. */
export function ReachMark(props: { readonly reachable: boolean; readonly detail: string | null }) {
  return (
    <span title={props.detail ?? undefined}>
      {props.reachable ? (
        <Mark tone="good" icon="good">
          Answers
        </Mark>
      ) : (
        <Mark tone="bad" icon="bad">
          Does not answer
        </Mark>
      )}
      {props.detail !== null && <span className="small muted target-detail">{props.detail}</span>}
    </span>
  );
}

/** How much runs somewhere. */
export function Runs(props: { readonly instances: number; readonly components: number }) {
  const { instances, components } = props;
  if (instances === 0) return 'nothing';
  const of = components === 1 ? '1 component' : `${countWords(components)} components`;
  return (
    <>
      <span className="nowrap">
        {countWords(instances)} {instances === 1 ? 'instance' : 'instances'}
      </span>{' '}
      <span className="target-detail nowrap">of {of}</span>
    </>
  );
}
