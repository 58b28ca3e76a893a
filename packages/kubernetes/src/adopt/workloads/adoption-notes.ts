import type { Difference, ManifestDocument, ManifestFault } from '../adoption.ts';
import { checkShape, type ManifestPath } from './check-shape.ts';
import type { Shape } from './shape.ts';

/**
 * What is written down while a workload is read. Purpose: every fault of a file is told at once, not only the first.
 * It owns three lists that only grow; nobody reads them before the reading is over.
 */
export interface AdoptionNotes {
  /** Something keeps the workload from being adopted. */
  fault(document: ManifestDocument, path: ManifestPath, message: string): void;
  /** Sluice does something else here. */
  differ(document: ManifestDocument, path: ManifestPath, message: string): void;
  /** The document went into the component. */
  use(document: ManifestDocument): void;
  /** Whether a part of a document has a shape; every problem becomes a fault. */
  check(document: ManifestDocument, shape: Shape, value: unknown, path: ManifestPath): boolean;
  readonly faults: readonly ManifestFault[];
  readonly differences: readonly Difference[];
  readonly used: readonly ManifestDocument[];
}

/** Notes with nothing in them. */
export function adoptionNotes(): AdoptionNotes {
  const faults: ManifestFault[] = [];
  const differences: Difference[] = [];
  const used: ManifestDocument[] = [];
  const fault = (document: ManifestDocument, path: ManifestPath, message: string): void => {
    faults.push({ ...placed(document, path), message });
  };
  return {
    faults,
    differences,
    used,
    fault,
    differ: (document, path, message) => void differences.push({ ...placed(document, path), message }),
    use: (document) => {
      if (!used.includes(document)) used.push(document);
    },
    check: (document, shape, value, path) => {
      const problems = checkShape(shape, value, path);
      for (const problem of problems) fault(document, problem.path, problem.message);
      return problems.length === 0;
    },
  };
}

/** A path as people write it: `spec.analysis.metrics[2].name`. */
export const pathText = (path: ManifestPath): string =>
  path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`),
    '',
  );

function placed(document: ManifestDocument, path: ManifestPath): Omit<ManifestFault, 'message'> {
  const { kind, metadata } = document.object;
  const where = path.length === 0 ? '' : `: ${pathText(path)}`;
  return {
    file: document.file,
    line: document.line(path),
    path: `${kind} ${metadata.name}${where}`,
  };
}
