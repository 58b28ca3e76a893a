import { useEffect } from 'react';
import { Tabs } from '../../parts/tabs.tsx';
import { useQueryWord } from '../../routing/location.tsx';
import './audit.css';
import { EntriesPanel } from './entries-panel.tsx';
import { ProofPanel } from './proof-panel.tsx';
import { ReportsPanel } from './reports-panel.tsx';

const PARTS = { Entries: EntriesPanel, Proof: ProofPanel, Reports: ReportsPanel } as const;
const NAMES = Object.keys(PARTS) as readonly (keyof typeof PARTS)[];

/** The ledger: what was done by whom, why it can be believed, and what it says of a time. */
export function AuditPage() {
  const [part, setPart] = useQueryWord('part');
  const chosen = NAMES.find((name) => name.toLowerCase() === part) ?? 'Entries';
  const Part = PARTS[chosen];
  useEffect(() => {
    document.title = 'Audit · Sluice';
  }, []);
  return (
    <div>
      <div className="page-head">
        <div>
          <h1>Audit</h1>
          <p className="muted">Everything that was done, by whom. Entries are only ever added.</p>
        </div>
      </div>
      <Tabs
        label="Audit"
        names={NAMES}
        chosen={chosen}
        choose={(name) => setPart(name === 'Entries' ? '' : name.toLowerCase())}
      >
        <div className="audit-part">
          <Part />
        </div>
      </Tabs>
    </div>
  );
}
