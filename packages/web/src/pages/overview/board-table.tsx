import type { TrackView } from '@sluice/protocol/http/views.ts';
import type { CSSProperties } from 'react';
import { shareWords } from '../../parts/figures.ts';
import { Mark, PhaseMark } from '../../parts/mark.tsx';
import { ShareBar } from '../../parts/share-bar.tsx';
import { VirtualList } from '../../parts/virtual-list.tsx';
import { Link } from '../../routing/location.tsx';
import { applicationAddress, rolloutAddress, trackAddress } from '../../routing/addresses.ts';
import { type Board, type BoardRow, healthOf } from './board-of.ts';

const ROW_PX = 54;
/** Rows that are seen at once on a large screen; a short board is as high as its rows. */
const HEIGHT_PX = ROW_PX * 12;

/** Components by environments. */
export function BoardTable({ board }: { readonly board: Board }) {
  const { environments, rows } = board;
  const style = { '--columns': environments.length } as CSSProperties;
  return (
    <div className="board" style={style}>
      <div>
        <div className="board-row board-names" aria-hidden="true">
          <span>Application</span>
          {environments.map((name) => (
            <span key={name}>{name}</span>
          ))}
        </div>
        <VirtualList
          items={rows}
          keyOf={({ application, component }) => `${application}/${component}`}
          rowHeight={ROW_PX}
          height={HEIGHT_PX}
          label="Applications by environments"
        >
          {(row) => <Row row={row} environments={environments} />}
        </VirtualList>
      </div>
    </div>
  );
}

function Row({ row, environments }: { readonly row: BoardRow; readonly environments: readonly string[] }) {
  return (
    <div className="board-row" data-first={row.isFirst || undefined}>
      <span className="board-name">
        <Link
          href={applicationAddress(row.application)}
          className={row.isFirst ? 'cut strong' : 'cut repeated'}
        >
          {row.application}
        </Link>
        <span className="small muted cut">{row.component}</span>
      </span>
      {environments.map((environment) => {
        const track = row.cells.get(environment);
        return track ? (
          <Cell key={environment} track={track} />
        ) : (
          <span key={environment} className="board-cell muted" aria-hidden="true">
            –
          </span>
        );
      })}
    </div>
  );
}

function Cell({ track }: { readonly track: TrackView }) {
  const { active } = track;
  const health = healthOf(track);
  return (
    <Link href={active ? rolloutAddress(active.id) : trackAddress(track.id)} className="board-cell" data-row>
      <span className="visually-hidden">{track.id}: </span>
      <span className="board-version">
        <span className="mono cut">{track.stable?.version ?? '–'}</span>
        {active && <span className="mono cut strong">→ {active.version}</span>}
        {active && <span className="push small">{shareWords(active.candidateShareBasisPoints)}</span>}
      </span>
      {active ? <Moving track={track} /> : <Standing health={health} />}
    </Link>
  );
}

function Moving({ track: { active, stable } }: { readonly track: TrackView }) {
  if (!active) return null;
  const candidate = active.candidateShareBasisPoints;
  return (
    <span className="board-moving">
      <PhaseMark phase={active.phase} form="plain" />
      <ShareBar
        shares={[
          { label: active.version, role: 'candidate', basisPoints: candidate },
          { label: stable?.version ?? 'others', role: 'stable', basisPoints: 10_000 - candidate },
        ]}
      />
    </span>
  );
}

const Standing = ({ health: { tone, icon, word } }: { readonly health: ReturnType<typeof healthOf> }) => (
  <Mark tone={tone} icon={icon}>
    {word}
  </Mark>
);
