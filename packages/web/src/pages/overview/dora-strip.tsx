/** The four DORA figures; nothing where this control plane does not compute them. */
export function DoraStrip() {
  return null;
}
