import { useEffect, useMemo } from 'react';
import { ClustersPanel } from './clusters-panel.tsx';
import { HostsPanel } from './hosts-panel.tsx';
import { instanceRows } from './instance-rows.ts';
import { InstancesPanel } from './instances-panel.tsx';
import './targets.css';
import { useInstances } from './use-instances.ts';

/** Where things run: machines, clusters, and every instance on them. */
export function TargetsPage() {
  const answer = useInstances();
  const { value } = answer;
  const rows = useMemo(() => instanceRows(value?.items ?? []), [value]);
  useEffect(() => {
    document.title = 'Targets · Sluice';
  }, []);
  return (
    <div className="stack targets">
      <div className="page-head">
        <div>
          <h1>Targets and hosts</h1>
        </div>
      </div>
      <HostsPanel rows={rows} />
      <ClustersPanel rows={rows} />
      <InstancesPanel answer={answer} rows={rows} />
    </div>
  );
}
