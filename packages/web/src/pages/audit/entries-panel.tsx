import type { AuditEntryView } from '@sluice/protocol/http/audit.ts';
import { useId } from 'react';
import type { SubjectNames } from '@sluice/core/access/subject-words.ts';
import { useAnswer, useApi, useEvents } from '../../api/dashboard-api.tsx';
import { useNames } from '../../api/names.ts';
import { listQuestion } from '../../api/questions.ts';
import { countWords } from '../../parts/figures.ts';
import { Person, Sentence } from '../../parts/person.tsx';
import { Answered, Empty } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { VirtualList } from '../../parts/virtual-list.tsx';
import { goTo, Link, usePlace, useQueryWord } from '../../routing/location.tsx';
import { FILTER_WORDS, filterName, filterOf } from './audit-filter.ts';
import { ExportButtons } from './export-buttons.tsx';

const ROW_PX = 38;
/** Pages of 200 that are read at once; more nobody reads, and the page says so. */
const PAGES = 10;

/** The entries, newest first, with filters that stand in the address. */
export function EntriesPanel() {
  const { client, answers } = useApi();
  const { query } = usePlace();
  const filter = filterOf(query);
  const question = listQuestion<AuditEntryView>(
    filterName(filter),
    (page) => client.auditEntries({ ...filter, ...page }),
    PAGES,
  );
  const answer = useAnswer(question);
  useEvents(() => answers.renew((name) => name === question.name));
  return (
    <section className="panel" aria-label="Entries">
      <div className="audit-filters">
        <FilterField name="actor" label="Who" placeholder="person:ada" offered={useNames()} />
        <FilterField name="action" label="Did what" placeholder="rolloutRequested" />
        <FilterField name="subject" label="To what" placeholder="ro-42" />
        <FilterField name="from" label="From" type="datetime-local" />
        <FilterField name="to" label="Until" type="datetime-local" />
      </div>
      <Answered answer={answer} what="the ledger" height={480}>
        {({ items, isWhole }) => (
          <>
            <Entries entries={items} />
            <div className="audit-foot row">
              <p className="small muted" role="status">
                {items.length === 1 ? '1 entry' : `${countWords(items.length)} entries`}
                {isWhole ? '' : ', the newest. Narrow them by time to see earlier ones.'}
              </p>
              <ExportButtons filter={filter} />
            </div>
          </>
        )}
      </Answered>
    </section>
  );
}

function Entries({ entries }: { readonly entries: readonly AuditEntryView[] }) {
  if (entries.length === 0) {
    return (
      <Empty icon="search" title="No entry fits">
        <button type="button" className="button" onClick={() => goTo('/audit')}>
          Show all entries
        </button>
      </Empty>
    );
  }
  return (
    <VirtualList
      items={entries}
      keyOf={({ sequence }) => String(sequence)}
      rowHeight={ROW_PX}
      height={ROW_PX * 16}
      label="Entries, newest first"
      flows
    >
      {(entry) => (
        <Link href={`/audit/${entry.sequence}`} className="list-row audit-row" data-row>
          <span className="muted audit-number">{entry.sequence}</span>
          <span className="cut">
            <Person subject={entry.actor} />
          </span>
          <span className="cut strong">{entry.action}</span>
          <span className="cut mono">
            <Person subject={entry.subject} />
          </span>
          <span className="cut muted">
            <Sentence text={entry.reason ?? ''} />
          </span>
          <Time at={entry.at} />
        </Link>
      )}
    </VirtualList>
  );
}

function FilterField(props: {
  readonly name: (typeof FILTER_WORDS)[number];
  readonly label: string;
  readonly placeholder?: string;
  readonly type?: 'text' | 'datetime-local';
  /** What is offered, with what people call it. */
  readonly offered?: SubjectNames;
}) {
  const id = useId();
  const [value, set] = useQueryWord(props.name);
  return (
    <label className="field" htmlFor={id}>
      {props.label}
      <input
        id={id}
        className="input"
        type={props.type ?? 'text'}
        autoComplete="off"
        spellCheck={false}
        placeholder={props.placeholder}
        list={props.offered ? `${id}-known` : undefined}
        defaultValue={value}
        key={value}
        onBlur={({ target }) => set(target.value.trim())}
        onKeyDown={({ key, currentTarget }) => {
          if (key === 'Enter') set(currentTarget.value.trim());
        }}
      />
      {props.offered && (
        <datalist id={`${id}-known`}>
          {[...props.offered].map(([subject, name]) => (
            <option key={subject} value={subject} label={name} />
          ))}
        </datalist>
      )}
    </label>
  );
}
