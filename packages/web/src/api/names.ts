import type { SubjectNames } from '@sluice/core/access/subject-words.ts';
import { useMemo } from 'react';
import { useAnswer, useApi } from './dashboard-api.tsx';

/** People get new names seldom; somebody new may sign in at any time. */
const EVERY_MS = 60_000;

/** What members are called; empty until that is known, or where the viewer is not told. */
export function useNames(): SubjectNames {
  const { client } = useApi();
  const { value } = useAnswer({ name: 'names', ask: () => client.names() }, EVERY_MS);
  return useMemo(() => new Map((value?.items ?? []).map(({ subject, name }) => [subject, name])), [value]);
}
