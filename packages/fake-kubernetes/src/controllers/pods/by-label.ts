import type { ApiObject } from '../objects/api-object.ts';
import { type LabelSelector, selects } from '../objects/label-selector.ts';
import type { Informer } from '../watching/informer.ts';

const BY_LABEL = 'label';
const BY_SELECTOR = 'selector';

/** Keeps the index that `selectedBy` looks into. */
export function indexByLabel<T extends ApiObject>(informer: Informer<T>): void {
  informer.addIndex(BY_LABEL, ({ metadata }) => {
    const namespace = metadata.namespace ?? '';
    const labels = Object.entries(metadata.labels ?? {}).map(
      ([key, value]) => `${namespace}/${key}=${value}`,
    );
    return [namespace, ...labels];
  });
}

/** The objects of a namespace that a selector picks, found by its rarest label. */
export function selectedBy<T extends ApiObject>(
  informer: Informer<T>,
  namespace: string,
  selector: LabelSelector,
): readonly T[] {
  const words = Object.entries(selector.matchLabels ?? {}).map(
    ([key, value]) => `${namespace}/${key}=${value}`,
  );
  const rarest = words.reduce(
    (best, word) =>
      informer.indexedCount(BY_LABEL, word) < informer.indexedCount(BY_LABEL, best) ? word : best,
    words[0] ?? namespace,
  );
  return informer.indexed(BY_LABEL, rarest).filter(({ metadata }) => selects(selector, metadata.labels));
}

/** Keeps the index that `thoseSelecting` looks into: what selects is found by one label of its selector. */
export function indexBySelector<T extends ApiObject>(
  informer: Informer<T>,
  selectorOf: (object: T) => LabelSelector | undefined,
): void {
  informer.addIndex(BY_SELECTOR, (object) => {
    const selector = selectorOf(object);
    if (selector === undefined) return [];
    const namespace = object.metadata.namespace ?? '';
    const [label] = Object.entries(selector.matchLabels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
    return [label === undefined ? namespace : `${namespace}/${label[0]}=${label[1]}`];
  });
}

/** Those whose selector picks an object; of a kind that `indexBySelector` was called for. */
export function thoseSelecting<T extends ApiObject>(
  informer: Informer<T>,
  { metadata }: ApiObject,
  selectorOf: (object: T) => LabelSelector | undefined,
): readonly T[] {
  const namespace = metadata.namespace ?? '';
  const words = Object.entries(metadata.labels ?? {}).map(([key, value]) => `${namespace}/${key}=${value}`);
  return [namespace, ...words]
    .flatMap((word) => informer.indexed(BY_SELECTOR, word))
    .filter((object) => selects(selectorOf(object), metadata.labels));
}
