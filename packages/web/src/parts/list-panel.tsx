import type { ReactNode } from 'react';
import type { Answer } from '../api/answers.ts';
import type { IconName } from './icon.tsx';
import { Answered, Empty } from './states.tsx';
import { TableScroll } from './table-scroll.tsx';

/** A column of a list: what stands at its head, and what in each row. */
export interface Column<Item> {
  readonly name: string;
  readonly cell: (item: Item) => ReactNode;
}

interface ListPanelProps<Item> {
  readonly title: string;
  /** What the things in the list are, in a sentence. */
  readonly about: string;
  /** What one can do to the whole list, if one may. */
  readonly action?: ReactNode;
  readonly answer: Answer<{ readonly items: readonly Item[] }>;
  readonly columns: readonly Column<Item>[];
  readonly keyOf: (item: Item) => string;
  readonly empty: { readonly icon: IconName; readonly title: string; readonly words: ReactNode };
}

/** A list of settings as a table, with its states. */
export function ListPanel<Item>(props: ListPanelProps<Item>) {
  const { title, about, action, answer, empty } = props;
  return (
    <section className="panel" aria-label={title}>
      <div className="panel-head">
        <div>
          <h2>{title}</h2>
          <p className="small muted">{about}</p>
        </div>
        {action && <div className="push">{action}</div>}
      </div>
      <Answered answer={answer} what={title.toLowerCase()} height={240}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty icon={empty.icon} title={empty.title}>
              <p>{empty.words}</p>
            </Empty>
          ) : (
            <Rows {...props} items={items} />
          )
        }
      </Answered>
    </section>
  );
}

function Rows<Item>(props: ListPanelProps<Item> & { readonly items: readonly Item[] }) {
  return (
    <TableScroll label={`${props.title}, as a table`}>
      <table className="table">
        <thead>
          <tr>
            {props.columns.map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.items.map((item) => (
            <tr key={props.keyOf(item)}>
              {props.columns.map(({ name, cell }) => (
                <td key={name}>{cell(item)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}
