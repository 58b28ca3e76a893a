/** One thing that Sluice must be allowed to do. */
export interface NeededPermission {
  /** As RBAC names it: `get`, `list`, `watch`, `create`, `patch`, `delete`. */
  readonly verb: string;
  /** Empty for the core. */
  readonly group: string;
  /** Plural, with the part after a slash where one is meant: `pods/log`. */
  readonly resource: string;
  /** All namespaces, or none for objects of the whole cluster, where it is left out. */
  readonly namespace?: string;
}
