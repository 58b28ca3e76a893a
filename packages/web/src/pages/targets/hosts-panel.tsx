import type { HostView } from '@sluice/protocol/http/instances.ts';
import { useAnswer, useApi } from '../../api/dashboard-api.tsx';
import { bytesWords } from '../../parts/figures.ts';
import { ListPanel } from '../../parts/list-panel.tsx';
import { Time } from '../../parts/time.tsx';
import { countAt, type InstanceRow } from './instance-rows.ts';
import { ReachMark, Runs } from './reach.tsx';

const EVERY_MS = 4000;

/** The machines that run revisions as processes. */
export function HostsPanel({ rows }: { readonly rows: readonly InstanceRow[] }) {
  const { client } = useApi();
  const answer = useAnswer({ name: 'hosts', ask: () => client.hosts() }, EVERY_MS);
  return (
    <ListPanel<HostView>
      title="Machines"
      about="Each has a host, which runs revisions as processes, and a router, which splits their requests."
      answer={answer}
      keyOf={({ name }) => name}
      empty={{
        icon: 'host',
        title: 'No machine',
        words: 'This control plane runs nothing on a machine; what it releases runs in clusters.',
      }}
      columns={[
        { name: 'Machine', cell: ({ name }) => name },
        { name: 'Host', cell: (host) => <ReachMark {...host} /> },
        { name: 'Version', cell: ({ version }) => <span className="mono">{version ?? '–'}</span> },
        { name: 'Up since', cell: ({ startedAt }) => (startedAt === null ? '–' : <Time at={startedAt} />) },
        { name: 'Router', cell: ({ router }) => routerWords(router) },
        { name: 'Load', cell: ({ machine }) => loadWords(machine) },
        { name: 'Memory', cell: ({ machine }) => memoryWords(machine) },
        { name: 'Runs', cell: ({ name }) => <Runs {...countAt(rows, name)} /> },
        { name: 'Last seen', cell: ({ seenAt }) => (seenAt === null ? 'not yet' : <Time at={seenAt} />) },
      ]}
    />
  );
}

function routerWords(router: HostView['router']): string {
  if (router === null) return '–';
  const { port, ready, starting } = router;
  const late = starting === 0 ? '' : `, ${starting} starting`;
  return `port ${port}, ${ready} ${ready === 1 ? 'worker' : 'workers'}${late}`;
}

const loadWords = (machine: HostView['machine']): string =>
  machine === null ? '–' : `${machine.load.toFixed(2)} of ${machine.processors} processors`;

const memoryWords = (machine: HostView['machine']): string =>
  machine === null
    ? '–'
    : `${bytesWords(machine.memoryBytes - machine.freeMemoryBytes)} of ${bytesWords(machine.memoryBytes)}`;
