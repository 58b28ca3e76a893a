import type { DoraView } from '@sluice/protocol/http/audit-keeping.ts';
import { useState } from 'react';
import { useAnswer, useApi } from '../../api/dashboard-api.tsx';
import { countWords, figureWords, rateWords, spanWords } from '../../parts/figures.ts';
import { Skeleton } from '../../parts/states.tsx';
import { useQueryWord } from '../../routing/location.tsx';

const PERIOD_DAYS = 30;
const DAY_MS = 86_400_000;
const EVERY_MS = 60_000;
const EVERYWHERE = 'production';

/** The four DORA figures of the last thirty days; nothing where the viewer may not see them. */
export function DoraStrip() {
  const { client } = useApi();
  const [from] = useState(() => Math.floor(Date.now() / DAY_MS) * DAY_MS - PERIOD_DAYS * DAY_MS);
  const { value, failure } = useAnswer({ name: 'dora', ask: () => client.dora({ from }) }, EVERY_MS);
  const [wanted, choose] = useQueryWord('figures');
  if (value === undefined) return failure ? null : <Skeleton height={74} />;
  const environments = [...new Set(value.items.map(({ environment }) => environment))];
  if (environments.length === 0) return null;
  const chosen = environments.find((name) => name === (wanted || EVERYWHERE)) ?? environments[0] ?? '';
  const figures = together(value.items.filter(({ environment }) => environment === chosen));
  return (
    <section className="panel dora" aria-label={`The last ${PERIOD_DAYS} days`}>
      <dl>
        <Figure name="Deployments" value={deploymentWords(figures)} />
        <Figure name="Lead time" value={spanOrDash(figures.leadTimeMs)} />
        <Figure name="Change failures" value={rateWords(figures.failureRate)} />
        <Figure name="Time to restore" value={spanOrDash(figures.restoreMs)} />
      </dl>
      <label className="small muted">
        Last {PERIOD_DAYS} days in{' '}
        <select className="input" value={chosen} onChange={({ target }) => choose(target.value)}>
          {environments.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
    </section>
  );
}

function Figure({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** Less than one a day is easier to picture as so many in the whole time. */
const deploymentWords = ({ deployments, perDay }: ReturnType<typeof together>): string =>
  perDay < 1 ? countWords(deployments) : `${figureWords(perDay)} a day`;

const spanOrDash = (ms: number | null): string => (ms === null ? '–' : spanWords(ms));

/** Several projects as one: rates by how much was deployed, and of medians the largest, which hides nothing. */
export function together(items: readonly DoraView[]) {
  const sum = (figure: (item: DoraView) => number): number =>
    items.reduce((all, item) => all + figure(item), 0);
  const worst = (figure: (item: DoraView) => number | null): number | null =>
    items.reduce<number | null>((most, item) => {
      const value = figure(item);
      return value === null ? most : Math.max(most ?? 0, value);
    }, null);
  const changes = items.filter(({ changeFailureRate }) => changeFailureRate !== null);
  const weight = changes.reduce((all, { deployments }) => all + Math.max(1, deployments), 0);
  const failed = changes.reduce(
    (all, { changeFailureRate, deployments }) => all + (changeFailureRate ?? 0) * Math.max(1, deployments),
    0,
  );
  return {
    deployments: sum(({ deployments }) => deployments),
    perDay: sum(({ perDay }) => perDay),
    leadTimeMs: worst(({ leadTimeMs }) => leadTimeMs),
    failureRate: weight === 0 ? null : failed / weight,
    restoreMs: worst(({ restoreMs }) => restoreMs),
  };
}
