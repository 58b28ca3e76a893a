import type { ComponentSpec } from '@sluice/core/rollout/component-spec.ts';
import type { ComponentAdoption } from '../adopted-component.ts';
import type { ManifestDocument } from '../adoption.ts';
import type { AdoptionNotes } from './adoption-notes.ts';

/** What comes of the notes: the component when nothing speaks against it, otherwise every fault. */
export function concluded(notes: AdoptionNotes, component: ComponentSpec | undefined): ComponentAdoption {
  const { faults, differences, used } = notes;
  return component === undefined || faults.length > 0
    ? { ok: false, faults: inOrder(faults, used) }
    : { ok: true, component, checks: [], differences: inOrder(differences, used), used };
}

/** By file, in the order in which files were used, and by line, as a person reads them. */
function inOrder<Remark extends { readonly file: string; readonly line: number }>(
  remarks: readonly Remark[],
  used: readonly ManifestDocument[],
): readonly Remark[] {
  const files = [...new Set([...used, ...remarks].map(({ file }) => file))];
  return remarks.toSorted(
    (left, right) => files.indexOf(left.file) - files.indexOf(right.file) || left.line - right.line,
  );
}
