import type { ReactNode } from 'react';

/** A table that may be wider than the screen: it is scrolled by itself, by keyboard too. */
export const TableScroll = (props: { readonly label: string; readonly children: ReactNode }) => (
  <div className="table-scroll" tabIndex={0} role="region" aria-label={props.label}>
    {props.children}
  </div>
);
