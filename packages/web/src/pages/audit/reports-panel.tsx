import { type DoraView, REPORT_FORMS, type ReportForm } from '@sluice/protocol/http/audit-keeping.ts';
import { useState } from 'react';
import { useAnswer, useApi } from '../../api/dashboard-api.tsx';
import { countWords, figureWords, rateWords, spanWords } from '../../parts/figures.ts';
import { Answered, Empty, failureWords } from '../../parts/states.tsx';
import { useToast } from '../../parts/toasts.tsx';
import { useQueryWord } from '../../routing/location.tsx';
import { download } from './download.ts';
import { TableScroll } from '../../parts/table-scroll.tsx';

const DAY_MS = 86_400_000;
const PERIODS = ['7', '30', '90', '365'];
const FILES: Readonly<Record<ReportForm, readonly [name: string, mediaType: string, label: string]>> = {
  markdown: ['changes.md', 'text/markdown', 'Markdown'],
  csv: ['changes.csv', 'text/csv', 'CSV'],
};

/** What the ledger says of a time: the DORA figures, and the report of all changes for an auditor. */
export function ReportsPanel() {
  const { client } = useApi();
  const [wanted, choose] = useQueryWord('days');
  const days = PERIODS.includes(wanted) ? wanted : '30';
  const from = Math.floor(Date.now() / DAY_MS) * DAY_MS - Number(days) * DAY_MS;
  const answer = useAnswer({ name: `dora-of:${days}`, ask: () => client.dora({ from }) });
  return (
    <section className="panel" aria-label="Reports">
      <div className="panel-head">
        <h2>Reports</h2>
        <label className="small muted">
          Of the last{' '}
          <select className="input" value={days} onChange={({ target }) => choose(target.value)}>
            {PERIODS.map((count) => (
              <option key={count} value={count}>
                {count} days
              </option>
            ))}
          </select>
        </label>
        <ReportButtons from={from} />
      </div>
      <Answered answer={answer} what="the figures" height={200}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty icon="idle" title="Nothing was released in this time" />
          ) : (
            <Figures items={items} />
          )
        }
      </Answered>
    </section>
  );
}

function ReportButtons({ from }: { readonly from: number }) {
  const { client } = useApi();
  const tell = useToast();
  const [isBusy, setBusy] = useState(false);
  const take = async (form: ReportForm): Promise<void> => {
    setBusy(true);
    const reply = await client.auditReport({ from, form });
    setBusy(false);
    const [name, mediaType] = FILES[form];
    if (reply.ok) download(name, [reply.value], mediaType);
    else tell(failureWords(reply.failure).detail);
  };
  return (
    <div className="row push" role="group" aria-label="Report of all changes">
      {REPORT_FORMS.map((form) => (
        <button
          key={form}
          type="button"
          className="button"
          disabled={isBusy}
          aria-label={`Report of all changes as ${FILES[form][2]}`}
          onClick={() => void take(form)}
        >
          Changes as {FILES[form][2]}
        </button>
      ))}
    </div>
  );
}

const HEADS = ['Where', 'Deployments', 'A day', 'Lead time', 'Change failures', 'Time to restore'];

const Figures = ({ items }: { readonly items: readonly DoraView[] }) => (
  <TableScroll label="The DORA figures">
    <table className="table">
      <thead>
        <tr>
          {HEADS.map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <tr key={`${item.project}/${item.environment}`}>
            <th scope="row">
              {item.project} / {item.environment}
            </th>
            <td>{countWords(item.deployments)}</td>
            <td>{figureWords(item.perDay)}</td>
            <td>{item.leadTimeMs === null ? '–' : spanWords(item.leadTimeMs)}</td>
            <td>{rateWords(item.changeFailureRate)}</td>
            <td>{item.restoreMs === null ? '–' : spanWords(item.restoreMs)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </TableScroll>
);
