import type { TrackView } from '@sluice/protocol/http/views.ts';
import { useDeferredValue, useEffect, useMemo } from 'react';
import type { LongList } from '../../api/questions.ts';
import { Icon } from '../../parts/icon.tsx';
import { Answered, Empty } from '../../parts/states.tsx';
import { useQueryWord } from '../../routing/location.tsx';
import './overview.css';
import { BoardTable } from './board-table.tsx';
import { type BoardFilter, boardOf, isUnwell, needsSomebody, tracksThatFit } from './board-of.ts';
import { MovingNow } from './moving-now.tsx';
import { FreezeNotes } from './freeze-notes.tsx';
import { DoraStrip } from './dora-strip.tsx';
import { useTracks } from './use-tracks.ts';

/** What runs where, what moves now, and what waits for whom. */
export function OverviewPage() {
  const answer = useTracks();
  useEffect(() => {
    document.title = 'Overview · Sluice';
  }, []);
  return (
    <div className="stack">
      <h1 className="visually-hidden">Overview</h1>
      <FreezeNotes />
      <Answered answer={answer} what="the board" height={420}>
        {(list) => (list.items.length === 0 ? <Nothing /> : <Overview list={list} />)}
      </Answered>
    </div>
  );
}

function Overview({ list }: { readonly list: LongList<TrackView> }) {
  const [text, setText] = useQueryWord('q');
  const [filter, setFilter] = useQueryWord('show');
  const wanted = useDeferredValue(text);
  const shown = useMemo(
    () => tracksThatFit(list.items, { text: wanted, filter }),
    [list.items, wanted, filter],
  );
  const board = useMemo(() => boardOf(shown), [shown]);
  return (
    <>
      <MovingNow tracks={list.items} />
      <DoraStrip />
      <section className="panel" aria-labelledby="board">
        <div className="panel-head board-head">
          <h2 id="board">Board</h2>
          <Filters tracks={list.items} chosen={filter} choose={setFilter} />
          <Search text={text} setText={setText} />
        </div>
        {board.rows.length === 0 ? (
          <Empty icon="search" title="Nothing fits">
            <button type="button" className="button" onClick={() => (setText(''), setFilter(''))}>
              Show everything
            </button>
          </Empty>
        ) : (
          <BoardTable board={board} />
        )}
      </section>
    </>
  );
}

const FILTERS: readonly (readonly [BoardFilter, string, (track: TrackView) => boolean])[] = [
  ['all', 'All', () => true],
  ['moving', 'Moving', ({ active }) => active !== null],
  ['waiting', 'Needs somebody', needsSomebody],
  ['unwell', 'Unwell', isUnwell],
];

function Filters(props: {
  readonly tracks: readonly TrackView[];
  readonly chosen: string;
  readonly choose: (filter: string) => void;
}) {
  return (
    <div className="chips" role="group" aria-label="What to show">
      {FILTERS.map(([name, label, fits]) => (
        <button
          key={name}
          type="button"
          aria-pressed={(props.chosen || 'all') === name}
          onClick={() => props.choose(name === 'all' ? '' : name)}
        >
          {label} <span>{props.tracks.filter(fits).length}</span>
        </button>
      ))}
    </div>
  );
}

function Search({ text, setText }: { readonly text: string; readonly setText: (text: string) => void }) {
  return (
    <label className="search">
      <Icon name="search" />
      <span className="visually-hidden">Search for an application, component or version</span>
      <input
        type="search"
        className="input"
        placeholder="Search"
        value={text}
        onChange={({ target }) => setText(target.value)}
        onKeyDown={({ key, currentTarget }) => key === 'Escape' && currentTarget.blur()}
      />
      <kbd aria-hidden="true">/</kbd>
    </label>
  );
}

function Nothing() {
  return (
    <div className="panel">
      <Empty icon="board" title="Nothing has been released yet">
        <p>A first release makes the first row. In the folder of a service:</p>
        <pre>
          <code>sluice deploy --version v1 --watch</code>
        </pre>
      </Empty>
    </div>
  );
}
