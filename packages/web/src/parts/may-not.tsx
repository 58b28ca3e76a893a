import type { Allowance } from '../api/viewer.ts';
import { Icon } from './icon.tsx';

/** In place of buttons that the viewer may not press: that there are some, and why not for them. */
export function MayNot({ allowance, what }: { readonly allowance: Allowance; readonly what: string }) {
  return (
    <p className="may-not small muted">
      <Icon name="lock" /> You may not {what}
      {allowance.reason === null ? '.' : `: ${allowance.reason}.`}
    </p>
  );
}
