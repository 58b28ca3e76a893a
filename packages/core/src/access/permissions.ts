/** Everything that somebody may be allowed to do, in words for people. What is not in this table cannot be asked for. */
export const PERMISSIONS = {
  'delivery:read': 'see applications, rollouts, their evidence, events and logs',
  'delivery:release': 'release a version, and plan what a release would do',
  'delivery:steer': 'pause, resume, promote, skip, abort and roll back',
  'delivery:approve': 'approve or reject the releases of others',
  'delivery:break-glass': 'pass approvals, windows and freezes, with a reason that everybody is told',
  'tasks:read': 'see tasks, queues, workflows and what became of them',
  'tasks:submit': 'give agents tasks and workflows',
  'tasks:steer': 'cancel, retry and score tasks',
  'agents:read': 'see agents, their workers and their pools',
  'agents:manage': 'register, change, drain and remove agents',
  'agents:work': 'serve tasks, as workers do',
  'memory:read': 'read what agents remember',
  'memory:write': 'change what agents remember',
  'tools:read': 'see tools and what was called with them',
  'tools:manage': 'register, import and remove tools',
  'schedules:manage': 'add, pause and remove schedules of tasks',
  'clusters:read': 'see clusters and their health',
  'clusters:manage': 'register and remove clusters',
  'gates:read': 'see windows, freezes and error budgets',
  'gates:manage': 'declare windows and freezes, and stop the line',
  'policies:read': 'see policies',
  'policies:manage': 'add, change and remove policies',
  'channels:read': 'see channels, subscriptions and deliveries',
  'channels:manage': 'add and remove channels and subscriptions, and replay deliveries',
  'secrets:manage': 'set and remove secrets; nobody can read one',
  'audit:read': 'read, verify and export the ledger',
  'audit:manage': 'set the retention of the ledger, and legal holds',
  'access:read': 'see members, roles, projects and tokens',
  'access:manage': 'give and take roles, make projects, and revoke the tokens of others',
  'metrics:read': 'scrape the metrics of the control plane',
} as const;

/** The name of something that somebody may be allowed to do. */
export type Permission = keyof typeof PERMISSIONS;

/** Whether a text is the name of a permission. */
export const isPermission = (text: string): text is Permission => Object.hasOwn(PERMISSIONS, text);
