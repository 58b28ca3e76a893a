import { type Json, isMap, sameJson } from '../json/json-tree.ts';
import { lineMasker } from './mask-line.ts';
import type { RecordedLine } from './recording.ts';

/** Where an answer of the fake is another than the recorded one. */
export interface Difference {
  readonly topic: string;
  readonly step: string;
  /** The place within the line, for example `response.body.spec.replicas`. */
  readonly at: string;
  readonly recorded: Json | undefined;
  readonly replayed: Json | undefined;
}

/** Compares two runs of one topic, line by line. */
export function findDifferences(
  recorded: readonly RecordedLine[],
  replayed: readonly RecordedLine[],
): Difference[] {
  const [maskRecorded, maskReplayed] = [lineMasker(), lineMasker()];
  return recorded.flatMap((line, index) => {
    const other = replayed[index];
    const left = maskRecorded(line);
    const right = other === undefined ? undefined : maskReplayed(other);
    return places(left, right, '').map(([at, a, b]) => ({
      topic: line.name,
      step: line.step,
      at,
      recorded: a,
      replayed: b,
    }));
  });
}

type Place = readonly [at: string, recorded: Json | undefined, replayed: Json | undefined];

function places(a: Json | undefined, b: Json | undefined, at: string): Place[] {
  if (sameJson(a, b)) return [];
  if (Array.isArray(a) && Array.isArray(b)) {
    const longest = Math.max(a.length, b.length);
    return Array.from({ length: longest }, (_, index) =>
      places(a[index], b[index], `${at}[${index}]`),
    ).flat();
  }
  if (isMap(a) && isMap(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...keys].flatMap((key) => places(a[key], b[key], at === '' ? key : `${at}.${key}`));
  }
  return [[at, a, b]];
}
