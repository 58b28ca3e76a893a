import { PERMISSIONS, type Permission } from './permissions.ts';

const VIEWER: readonly Permission[] = [
  'delivery:read',
  'tasks:read',
  'agents:read',
  'tools:read',
  'clusters:read',
  'gates:read',
  'policies:read',
  'channels:read',
  'metrics:read',
];

const DEVELOPER: readonly Permission[] = [
  ...VIEWER,
  'delivery:release',
  'delivery:steer',
  'tasks:submit',
  'tasks:steer',
  'memory:read',
  'memory:write',
  'schedules:manage',
];

const APPROVER: readonly Permission[] = [...VIEWER, 'delivery:approve', 'audit:read'];

const OPERATOR: readonly Permission[] = [
  ...DEVELOPER,
  'delivery:break-glass',
  'agents:manage',
  'tools:manage',
  'clusters:manage',
  'gates:manage',
  'channels:manage',
  'secrets:manage',
  'audit:read',
  'access:read',
];

/**
 * The roles that everybody has at hand, and what each may do. Operators do not approve, so that who runs production and who
 * lets a release into it are two people unless somebody is given both roles.
 */
export const ROLES = {
  viewer: VIEWER,
  developer: DEVELOPER,
  approver: APPROVER,
  operator: OPERATOR,
  admin: Object.keys(PERMISSIONS) as readonly Permission[],
  /** For the processes of agents; people have no use for it. */
  worker: ['agents:work'] as readonly Permission[],
} as const satisfies Readonly<Record<string, readonly Permission[]>>;

/** The name of a role that everybody has at hand. */
export type BuiltInRole = keyof typeof ROLES;

/** Whether a name is that of a built-in role, which cannot be redefined. */
export const isBuiltInRole = (name: string): name is BuiltInRole => Object.hasOwn(ROLES, name);
