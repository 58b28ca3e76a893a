import { type AuditFilter, EXPORT_FORMS, type ExportForm } from '@sluice/protocol/http/audit.ts';
import { useState } from 'react';
import { useApi } from '../../api/dashboard-api.tsx';
import { failureWords } from '../../parts/states.tsx';
import { useToast } from '../../parts/toasts.tsx';
import { download } from './download.ts';

const NAMES: Readonly<Record<ExportForm, string>> = { jsonl: 'JSON lines', csv: 'CSV', cef: 'CEF' };

/** Everything that fits the filters, oldest first, as a file. */
export function ExportButtons({ filter }: { readonly filter: AuditFilter }) {
  const { client } = useApi();
  const tell = useToast();
  const [busy, setBusy] = useState<ExportForm | null>(null);
  const take = async (form: ExportForm): Promise<void> => {
    setBusy(form);
    const pieces: string[] = [];
    const reply = await client.auditExport({ ...filter, form }, async (piece) => void pieces.push(piece));
    setBusy(null);
    if (reply.ok) download(`ledger.${form}`, pieces, 'text/plain');
    else tell(failureWords(reply.failure).detail);
  };
  return (
    <div className="row push" role="group" aria-label="Export what fits">
      <span className="small muted">Export as</span>
      {EXPORT_FORMS.map((form) => (
        <button
          key={form}
          type="button"
          className="button"
          disabled={busy !== null}
          aria-label={`Export as ${NAMES[form]}`}
          onClick={() => void take(form)}
        >
          {busy === form ? 'One moment…' : NAMES[form]}
        </button>
      ))}
    </div>
  );
}
