import type { ClusterHealthView, ClusterView } from '@sluice/protocol/http/clusters.ts';
import type { Answer } from '../../api/answers.ts';
import { useAnswer, useApi } from '../../api/dashboard-api.tsx';
import { listQuestion } from '../../api/questions.ts';
import { countWords } from '../../parts/figures.ts';
import { ListPanel } from '../../parts/list-panel.tsx';
import { Mark } from '../../parts/mark.tsx';
import { failureWords } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { countAt, type InstanceRow } from './instance-rows.ts';
import { ReachMark, Runs } from './reach.tsx';

/** A cluster is asked for dozens of things, so that it is not asked often. */
const EVERY_MS = 30_000;

interface KnownCluster {
  readonly name: string;
  /** Null: a file names it, and nobody has registered it. */
  readonly registered: ClusterView | null;
}

/** The clusters that are registered, and those that something runs in. */
export function ClustersPanel({ rows }: { readonly rows: readonly InstanceRow[] }) {
  const { client } = useApi();
  const answer = useAnswer(
    listQuestion<ClusterView>('clusters', (page) => client.clusters(page)),
    EVERY_MS,
  );
  const items = answer.value && knownClusters(answer.value.items, rows);
  return (
    <ListPanel<KnownCluster>
      title="Clusters"
      about="Kubernetes clusters that are registered, or that a file names."
      answer={{ ...answer, value: items && { items } }}
      keyOf={({ name }) => name}
      empty={{
        icon: 'host',
        title: 'No clusters',
        words: (
          <>
            Register one with <code>sluice cluster add NAME</code>, and name it as the target of an
            environment.
          </>
        ),
      }}
      columns={[
        { name: 'Cluster', cell: (cluster) => <Name {...cluster} /> },
        { name: 'Reach', cell: ({ name }) => <OfHealth name={name} show={(it) => <ReachMark {...it} />} /> },
        {
          name: 'Version',
          cell: ({ name }) => (
            <OfHealth name={name} show={({ version }) => <span className="mono">{version ?? '–'}</span>} />
          ),
        },
        { name: 'Can do', cell: ({ name }) => <OfHealth name={name} show={(it) => canDo(it)} /> },
        { name: 'Lacks', cell: ({ name }) => <OfHealth name={name} show={(it) => <Lacks health={it} />} /> },
        { name: 'Runs', cell: ({ name }) => <Runs {...countAt(rows, name)} /> },
        { name: 'Last seen', cell: ({ name }) => <Seen name={name} /> },
      ]}
    />
  );
}

function knownClusters(
  registered: readonly ClusterView[],
  rows: readonly InstanceRow[],
): readonly KnownCluster[] {
  const named = rows.flatMap(({ revision: { where } }) => (where.on === 'cluster' ? [where.cluster] : []));
  const names = [...new Set([...registered.map(({ name }) => name), ...named])].sort();
  return names.map((name) => ({ name, registered: registered.find((one) => one.name === name) ?? null }));
}

function Name({ name, registered }: KnownCluster) {
  const about =
    registered === null
      ? 'not registered'
      : [registered.provider, registered.region].filter((word) => word !== null).join(' · ');
  return (
    <>
      {name} <span className="small muted">{about}</span>
    </>
  );
}

/** Every cell of a row asks the same, which is asked once. */
function useHealth(name: string): Answer<ClusterHealthView> {
  const { client } = useApi();
  return useAnswer(
    { name: `cluster-health:${name}`, ask: () => client.clusterHealth(name, undefined) },
    EVERY_MS,
  );
}

function OfHealth(props: {
  readonly name: string;
  readonly show: (health: ClusterHealthView) => React.ReactNode;
}) {
  const { value, failure } = useHealth(props.name);
  if (value) return props.show(value);
  return <span className="muted">{failure ? failureWords(failure).title : 'being asked'}</span>;
}

function Seen({ name }: { readonly name: string }) {
  const { value, at } = useHealth(name);
  if (value === undefined) return '–';
  if (value.reachable) return <Time at={at} />;
  return value.seenAt === null ? 'not yet' : <Time at={value.seenAt} />;
}

function canDo({ apis }: ClusterHealthView): string {
  const names = apis.filter(({ served }) => served).map(({ name }) => name);
  return [...new Set(names)].join(', ') || 'Kubernetes alone';
}

function Lacks({ health: { reachable, apis, missing } }: { readonly health: ClusterHealthView }) {
  const apisNeeded = apis.filter(({ served, neededBy }) => !served && neededBy.length > 0);
  const words = [
    ...apisNeeded.map(({ name, kind }) => `${name} (${kind})`),
    ...(missing.length === 0
      ? []
      : [missing.length === 1 ? '1 permission' : `${countWords(missing.length)} permissions`]),
  ];
  if (!reachable) return '–';
  if (words.length === 0) return 'nothing';
  return (
    <span title={missing.map(({ verb, resource, why }) => `${verb} ${resource}: ${why}`).join('\n')}>
      <Mark tone="warn" icon="warn">
        {words.join(', ')}
      </Mark>
    </span>
  );
}
