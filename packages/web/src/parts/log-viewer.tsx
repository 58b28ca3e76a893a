import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { useAnswer, useApi } from '../api/dashboard-api.tsx';
import { useQueryWord } from '../routing/location.tsx';
import { countWords } from './figures.ts';
import './log-viewer.css';
import { EMPTY_BOOK, type LogBook, type LogLine, linesOf, linesWith, readOn } from './log-book.ts';
import { Answered, Empty } from './states.tsx';
import { VirtualList } from './virtual-list.tsx';

/** Lines that are read first, and at each further look. */
const FIRST_LINES = 2000;
const MORE_LINES = 1000;
const EVERY_MS = 1000;
const LINE_PX = 20;
const SHOWN_LINES = 26;
/** Lines that are shown wrapped: these have no one height, so that all of them are there. */
const WRAPPED_LINES = 1000;

interface LogViewerProps {
  readonly track: string;
  readonly revision: string;
  /** One instance; without it the ends of all, one after the other, each line with the name before it. */
  readonly instance?: string | undefined;
  /** Nothing is written any more. */
  readonly isOver?: boolean;
}

/** What instances write, as they write it. */
export function LogViewer(props: LogViewerProps) {
  const { track, revision, instance } = props;
  // Another log is another viewer, which begins anew.
  return <Viewer key={`${track} ${revision} ${instance ?? ''}`} {...props} />;
}

function Viewer(props: LogViewerProps) {
  const [isFollowing, setFollowing] = useState(true);
  const [isWrapped, setWrapped] = useState(false);
  const [word, setWord] = useQueryWord('find');
  const { book, answer } = useLog(props, isFollowing);
  const shown = useMemo(() => linesWith(book.lines, word), [book, word]);
  return (
    <div className="logs">
      <div className="logs-head">
        <input
          type="search"
          className="input"
          placeholder="Only lines with"
          aria-label="Only lines with"
          value={word}
          onChange={({ target }) => setWord(target.value)}
        />
        <span className="small muted" role="status">
          {word === ''
            ? book.lines.length === 1
              ? '1 line'
              : `${countWords(book.lines.length)} lines`
            : `${countWords(shown.length)} found`}
        </span>
        <Switch isOn={isWrapped} set={setWrapped}>
          Wrap
        </Switch>
        <Switch isOn={isFollowing} set={setFollowing}>
          Follow
        </Switch>
      </div>
      <Answered answer={answer} what="the lines" height={LINE_PX * 14}>
        {() =>
          shown.length === 0 ? (
            <Empty icon="idle" title={word === '' ? 'No lines are kept of it' : 'No line has this'} />
          ) : isWrapped ? (
            <Wrapped lines={shown} word={word} isFollowing={isFollowing} />
          ) : (
            <VirtualList
              items={shown}
              keyOf={({ number }) => String(number)}
              rowHeight={LINE_PX}
              height={LINE_PX * SHOWN_LINES}
              label="Lines, oldest first"
              follow={{ isOn: isFollowing, set: setFollowing }}
            >
              {(line) => <Line line={line} word={word} />}
            </VirtualList>
          )
        }
      </Answered>
    </div>
  );
}

/** Reads the end of a log from time to time, and puts the looks together. */
function useLog({ track, revision, instance, isOver = false }: LogViewerProps, isFollowing: boolean) {
  const { client } = useApi();
  const isFirst = useRef(true);
  const answer = useAnswer(
    {
      name: `logs:${track} ${revision} ${instance ?? ''}`,
      ask: () => client.logs(track, { revision, instance, tail: isFirst.current ? FIRST_LINES : MORE_LINES }),
    },
    isOver ? undefined : EVERY_MS,
  );
  const [book, setBook] = useState<LogBook>(EMPTY_BOOK);
  const following = useRef(isFollowing);
  following.current = isFollowing;
  const text = answer.value;
  useEffect(() => {
    if (text === undefined) return;
    isFirst.current = false;
    // The ends of several logs are no one text that grows.
    if (instance === undefined) setBook(bookOf(text));
    else setBook((before) => readOn(before, text, following.current));
  }, [text, instance]);
  return { book, answer };
}

function bookOf(text: string): LogBook {
  const lines = linesOf(text).map((line, at) => ({ number: at + 1, text: line }));
  return { lines, next: lines.length + 1 };
}

function Switch(props: {
  readonly isOn: boolean;
  readonly set: (isOn: boolean) => void;
  readonly children: ReactNode;
}) {
  return (
    <button
      type="button"
      className="button"
      data-weight="quiet"
      aria-pressed={props.isOn}
      onClick={() => props.set(!props.isOn)}
    >
      {props.children}
    </button>
  );
}

function Wrapped(props: {
  readonly lines: readonly LogLine[];
  readonly word: string;
  readonly isFollowing: boolean;
}) {
  const box = useRef<HTMLDivElement>(null);
  const { lines, isFollowing } = props;
  useEffect(() => {
    if (isFollowing && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines, isFollowing]);
  return (
    <div
      ref={box}
      className="logs-wrapped"
      role="region"
      aria-label={`The last ${WRAPPED_LINES} lines`}
      tabIndex={0}
      style={{ maxHeight: LINE_PX * SHOWN_LINES }}
    >
      {lines.slice(-WRAPPED_LINES).map((line) => (
        <Line key={line.number} line={line} word={props.word} />
      ))}
    </div>
  );
}

/** A line is text, whatever stands in it. */
function Line({ line, word }: { readonly line: LogLine; readonly word: string }) {
  return (
    <div className="logs-line">
      <span className="logs-number" aria-hidden="true">
        {line.number}
      </span>
      <span className="logs-text">
        <Found text={line.text} word={word.trim()} />
      </span>
    </div>
  );
}

function Found({ text, word }: { readonly text: string; readonly word: string }) {
  const at = word === '' ? -1 : text.toLowerCase().indexOf(word.toLowerCase());
  if (at < 0) return text === '' ? '\u00a0' : text;
  return (
    <>
      {text.slice(0, at)}
      <mark>{text.slice(at, at + word.length)}</mark>
      {text.slice(at + word.length)}
    </>
  );
}
