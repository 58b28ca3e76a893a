import type { ApiFailure } from '@sluice/protocol/http/api-call.ts';
import type { ReactNode } from 'react';
import type { Answer } from '../api/answers.ts';
import { Icon, type IconName } from './icon.tsx';
import { Time } from './time.tsx';

/** A grey block in the place of what is still on its way, of the same height, so that nothing jumps. */
export function Skeleton({ height, width = '100%' }: { readonly height: number; readonly width?: string }) {
  return <div className="skeleton" style={{ height, width }} />;
}

/** Says that a part of the page is on its way. */
export function Loading({ height, what }: { readonly height: number; readonly what: string }) {
  return (
    <div role="status">
      <span className="visually-hidden">Loading {what}</span>
      <Skeleton height={height} />
    </div>
  );
}

/** A place where there is nothing: why, and what to do. */
export function Empty(props: {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ReactNode;
}) {
  return (
    <div className="empty">
      <Icon name={props.icon} />
      <h2>{props.title}</h2>
      {props.children}
    </div>
  );
}

/** A failure in words: what, and what to do next. */
export function failureWords(failure: ApiFailure): { readonly title: string; readonly detail: string } {
  if (failure.kind === 'refused') {
    const { title, detail, remedy } = failure.problem;
    return { title, detail: `${detail} ${remedy}` };
  }
  if (failure.kind === 'unreadable')
    return { title: 'This answer could not be read', detail: failure.message };
  return {
    title: 'The control plane does not answer',
    detail: 'What runs goes on running. This page asks again by itself.',
  };
}

/** True where the control plane knows the viewer and does not let them. */
export const isForbidden = (failure: ApiFailure): boolean =>
  failure.kind === 'refused' && failure.problem.status === 403;

/** In place of something that could not be had. */
export function Failed({ failure }: { readonly failure: ApiFailure }) {
  const { title, detail } = failureWords(failure);
  if (isForbidden(failure)) {
    return (
      <Empty icon="lock" title="You may not see this">
        <p>{detail}</p>
      </Empty>
    );
  }
  return (
    <div role="alert">
      <Empty icon="warn" title={title}>
        <p>{detail}</p>
      </Empty>
    </div>
  );
}

/** Shows an answer when it is there; until then that it is on its way, or why it does not come. */
export function Answered<Value>(props: {
  readonly answer: Answer<Value>;
  readonly what: string;
  readonly height: number;
  readonly children: (value: Value) => ReactNode;
}) {
  const { answer } = props;
  if (answer.value === undefined) {
    return answer.failure ? (
      <Failed failure={answer.failure} />
    ) : (
      <Loading height={props.height} what={props.what} />
    );
  }
  return (
    <>
      {answer.failure && <StaleNote failure={answer.failure} at={answer.at} />}
      {props.children(answer.value)}
    </>
  );
}

function StaleNote({ failure, at }: { readonly failure: ApiFailure; readonly at: number }) {
  return (
    <p className="small muted" role="status">
      Known since <Time at={at} as="clock" />. {failureWords(failure).title}.
    </p>
  );
}
