import type { TrackInstancesView } from '@sluice/protocol/http/instances.ts';
import { useDeferredValue, useMemo } from 'react';
import type { Answer } from '../../api/answers.ts';
import type { LongList } from '../../api/questions.ts';
import { bytesWords, countWords, cpuWords, shareWords } from '../../parts/figures.ts';
import { Icon } from '../../parts/icon.tsx';
import { Mark } from '../../parts/mark.tsx';
import { Answered, Empty } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { VirtualList } from '../../parts/virtual-list.tsx';
import { instanceAddress, trackAddress } from '../../routing/addresses.ts';
import { Link, useQueryWord } from '../../routing/location.tsx';
import { INSTANCE_LOOKS, type InstanceRow, isUnwell, placeName, rowsThatFit } from './instance-rows.ts';

const ROW_PX = 40;

interface InstancesPanelProps {
  readonly answer: Answer<LongList<TrackInstancesView>>;
  readonly rows: readonly InstanceRow[];
}

/** Every instance of every component. */
export function InstancesPanel({ answer, rows }: InstancesPanelProps) {
  const [text, setText] = useQueryWord('q');
  const [place, setPlace] = useQueryWord('on');
  const [unwell, setUnwell] = useQueryWord('unwell');
  const wanted = useDeferredValue(text);
  const shown = useMemo(
    () => rowsThatFit(rows, { text: wanted, place, onlyUnwell: unwell !== '' }),
    [rows, wanted, place, unwell],
  );
  return (
    <section className="panel" aria-label="Instances">
      <div className="panel-head">
        <h2>Instances</h2>
        <Places rows={rows} chosen={place} choose={setPlace} />
        <div className="chips">
          <button
            type="button"
            aria-pressed={unwell !== ''}
            onClick={() => setUnwell(unwell === '' ? 'yes' : '')}
          >
            Unwell <span>{countWords(rows.filter(isUnwell).length)}</span>
          </button>
        </div>
        <label className="search">
          <Icon name="search" />
          <span className="visually-hidden">Search for a component, version, instance or node</span>
          <input
            type="search"
            className="input"
            placeholder="Search"
            value={text}
            onChange={({ target }) => setText(target.value)}
          />
          <kbd aria-hidden="true">/</kbd>
        </label>
      </div>
      <Answered answer={answer} what="the instances" height={ROW_PX * 8}>
        {() => <Rows rows={shown} isAll={rows.length === 0} />}
      </Answered>
    </section>
  );
}

function Places(props: {
  readonly rows: readonly InstanceRow[];
  readonly chosen: string;
  readonly choose: (place: string) => void;
}) {
  const counts = useMemo(() => {
    const byPlace = new Map<string, number>();
    for (const { revision } of props.rows) {
      const name = placeName(revision.where);
      byPlace.set(name, (byPlace.get(name) ?? 0) + 1);
    }
    return [...byPlace].sort(([a], [b]) => a.localeCompare(b));
  }, [props.rows]);
  if (counts.length < 2 && props.chosen === '') return null;
  return (
    <div className="chips" role="group" aria-label="Where">
      <button type="button" aria-pressed={props.chosen === ''} onClick={() => props.choose('')}>
        Everywhere
      </button>
      {counts.map(([name, count]) => (
        <button
          key={name}
          type="button"
          aria-pressed={props.chosen === name}
          onClick={() => props.choose(name)}
        >
          {name} <span>{countWords(count)}</span>
        </button>
      ))}
    </div>
  );
}

function Rows({ rows, isAll }: { readonly rows: readonly InstanceRow[]; readonly isAll: boolean }) {
  if (rows.length === 0) {
    return (
      <Empty icon={isAll ? 'idle' : 'search'} title={isAll ? 'Nothing runs' : 'Nothing fits'}>
        {isAll && <p>A first release starts the first instance.</p>}
      </Empty>
    );
  }
  return (
    <>
      <div className="instance-row instance-names" aria-hidden="true">
        <span>State</span>
        <span>Component</span>
        <span>Revision</span>
        <span>Gets</span>
        <span>Instance</span>
        <span>At</span>
        <span className="number">Processor</span>
        <span className="number">Memory</span>
        <span className="number">Restarts</span>
        <span>Started</span>
      </div>
      <VirtualList
        items={rows}
        keyOf={({ key }) => key}
        rowHeight={ROW_PX}
        height={ROW_PX * 16}
        label="Instances, by component"
        flows
      >
        {(row) => (row.instance === null ? <Absent row={row} /> : <Present row={row} of={row.instance} />)}
      </VirtualList>
    </>
  );
}

function Present({
  row,
  of,
}: {
  readonly row: InstanceRow;
  readonly of: NonNullable<InstanceRow['instance']>;
}) {
  const { track, revision } = row;
  const { resources } = revision;
  return (
    <Link
      href={instanceAddress(track, revision.revision, of.name)}
      className="instance-row list-row"
      data-row
      title={of.reason ?? undefined}
    >
      <InstanceMark state={of.state} />
      <span className="cut strong">{track}</span>
      <RevisionWords revision={revision} />
      <span className="instance-extra">
        <Label of="gets" />
        {shareWords(revision.shareBasisPoints)}
      </span>
      <span className="mono cut instance-extra">
        <Label of="instance" />
        <span>{of.name}</span>
      </span>
      <span className="mono cut muted instance-extra">{of.node ?? of.address ?? '–'}</span>
      <span className="number" title={limitWords('processor', resources.cpuMillis, cpuWords)}>
        <Label of="processor" />
        {cpuWords(of.cpuMillis)}
      </span>
      <span className="number" title={limitWords('memory', resources.memoryBytes, bytesWords)}>
        <Label of="memory" />
        {bytesWords(of.memoryBytes)}
      </span>
      <span className="number instance-extra">
        <Label of="restarts" />
        {countWords(of.restarts)}
      </span>
      <span className="instance-extra">
        <Label of="started" />
        {of.startedAt === null ? '–' : <Time at={of.startedAt} />}
      </span>
    </Link>
  );
}

/** What a figure is: seen where no heads of columns stand over it, and read out everywhere. */
const Label = ({ of }: { readonly of: string }) => <span className="instance-label muted">{of} </span>;

function Absent({ row: { track, revision } }: { readonly row: InstanceRow }) {
  const why = revision.unreachable ?? `none yet of the ${revision.ordered} that were ordered`;
  return (
    <Link href={trackAddress(track)} className="instance-row list-row" data-row title={why}>
      {revision.unreachable === null ? (
        <InstanceMark state="starting" />
      ) : (
        <Mark tone="bad" icon="warn">
          Not known
        </Mark>
      )}
      <span className="cut strong">{track}</span>
      <RevisionWords revision={revision} />
      <span className="cut muted instance-why">{why}</span>
    </Link>
  );
}

const RevisionWords = ({ revision: { version, role } }: { readonly revision: InstanceRow['revision'] }) => (
  <span className="cut">
    <span className="mono">{version}</span> <span className="small muted">{role}</span>
  </span>
);

/** Where an instance stands. */
export function InstanceMark({
  state,
  form,
}: {
  readonly state: keyof typeof INSTANCE_LOOKS;
  readonly form?: 'pill';
}) {
  const [tone, icon, word] = INSTANCE_LOOKS[state];
  return (
    <Mark tone={tone} icon={icon} form={form ?? 'plain'}>
      {word}
    </Mark>
  );
}

const limitWords = (what: string, limit: number, words: (amount: number) => string): string =>
  limit === 0 ? `no limit of ${what}` : `may use ${words(limit)}`;
