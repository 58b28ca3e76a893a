import type { DefineCommand } from './command-context.ts';

/** A command before it is loaded. */
export interface CommandEntry {
  readonly name: string;
  readonly group: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Loads the command; nothing of it is read before. */
  load(): Promise<DefineCommand>;
}

const MACHINE = 'On this machine:';
const RELEASE = 'Release:';
const LOOK = 'Look:';
const STEER = 'Steer:';
const GATES = 'Gates:';
const AGENTS = 'Agents:';
const ACCESS = 'Access:';
const CLUSTERS = 'Clusters:';
const RULES = 'Rules:';
const TELLING = 'Telling:';

/** All commands, in the order of the help. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'up',
    group: MACHINE,
    summary: 'start control plane, host and router on this machine',
    load: async () => (await import('./commands/up.ts')).up,
  },
  {
    name: 'down',
    group: MACHINE,
    summary: 'stop what `up` started',
    load: async () => (await import('./commands/down.ts')).down,
  },
  {
    name: 'demo',
    group: MACHINE,
    summary: 'release a good and a bad version of an example under load',
    load: async () => (await import('./commands/demo.ts')).demo,
  },
  {
    name: 'validate',
    group: RELEASE,
    summary: 'check a sluice.yaml, without a control plane',
    load: async () => (await import('./commands/validate.ts')).validate,
  },
  {
    name: 'render',
    group: RELEASE,
    summary: 'print the Kubernetes objects of a sluice.yaml, without a cluster',
    load: async () => (await import('./commands/render.ts')).render,
  },
  {
    name: 'import',
    group: RELEASE,
    summary: 'make a sluice.yaml of manifests of Argo Rollouts, Flagger or Kubernetes',
    load: async () => (await import('./commands/import.ts')).importManifests,
  },
  {
    name: 'plan',
    group: RELEASE,
    summary: 'show what a release would do, step by step',
    load: async () => (await import('./commands/plan.ts')).plan,
  },
  {
    name: 'deploy',
    group: RELEASE,
    summary: 'release what a sluice.yaml declares',
    load: async () => (await import('./commands/deploy.ts')).deploy,
  },
  {
    name: 'rollback',
    group: RELEASE,
    summary: 'bring an earlier revision back',
    load: async () => (await import('./commands/rollback.ts')).rollback,
  },
  {
    name: 'status',
    group: LOOK,
    summary: 'show what runs and what is under way',
    load: async () => (await import('./commands/status.ts')).status,
  },
  {
    name: 'explain',
    group: LOOK,
    summary: 'say why it waits, what is known and what happens next',
    load: async () => (await import('./commands/explain.ts')).explain,
  },
  {
    name: 'history',
    group: LOOK,
    summary: 'list rollouts, newest first',
    load: async () => (await import('./commands/history.ts')).history,
  },
  {
    name: 'events',
    group: LOOK,
    summary: 'print what happened, and with --follow what happens',
    load: async () => (await import('./commands/events.ts')).events,
  },
  {
    name: 'logs',
    group: LOOK,
    summary: 'print what the processes of a revision wrote',
    load: async () => (await import('./commands/logs.ts')).logs,
  },
  {
    name: 'report',
    group: LOOK,
    summary: 'print the deployment report of a rollout',
    load: async () => (await import('./commands/report.ts')).report,
  },
  {
    name: 'ledger',
    group: LOOK,
    summary: 'list who did what, and verify that nothing was altered',
    load: async () => (await import('./commands/ledger.ts')).ledger,
  },
  {
    name: 'audit',
    group: LOOK,
    summary: 'show, verify, export and report who did what',
    load: async () => (await import('./commands/audit.ts')).audit,
  },
  {
    name: 'dora',
    group: LOOK,
    summary: 'show how often, how fast and how well changes are made',
    load: async () => (await import('./commands/dora.ts')).dora,
  },
  {
    name: 'dashboard',
    group: LOOK,
    summary: 'open the dashboard in a browser, signed in',
    load: async () => (await import('./commands/dashboard.ts')).dashboard,
  },
  {
    name: 'pause',
    group: STEER,
    summary: 'hold the rollout where it is',
    load: async () => (await import('./commands/pause.ts')).pause,
  },
  {
    name: 'resume',
    group: STEER,
    summary: 'let a paused rollout go on',
    load: async () => (await import('./commands/resume.ts')).resume,
  },
  {
    name: 'promote',
    group: STEER,
    summary: 'approve, or go on to the next step',
    load: async () => (await import('./commands/promote.ts')).promote,
  },
  {
    name: 'skip',
    group: STEER,
    summary: 'leave the present step out',
    load: async () => (await import('./commands/skip.ts')).skip,
  },
  {
    name: 'abort',
    group: STEER,
    summary: 'take the candidate back at once',
    load: async () => (await import('./commands/abort.ts')).abort,
  },
  {
    name: 'approve',
    group: GATES,
    summary: 'approve a release, or the step of it that asks',
    load: async () => (await import('./commands/approve.ts')).approve,
  },
  {
    name: 'reject',
    group: GATES,
    summary: 'reject a release, which ends it',
    load: async () => (await import('./commands/reject.ts')).reject,
  },
  {
    name: 'break-glass',
    group: GATES,
    summary: 'let a release pass every gate, with a reason',
    load: async () => (await import('./commands/break-glass.ts')).breakGlass,
  },
  {
    name: 'approvers',
    group: GATES,
    summary: 'show and declare who has to approve releases',
    load: async () => (await import('./commands/approvers.ts')).approvers,
  },
  {
    name: 'freeze',
    group: GATES,
    summary: 'declare that nothing goes out, or stop the line',
    load: async () => (await import('./commands/freeze.ts')).freeze,
  },
  {
    name: 'unfreeze',
    group: GATES,
    summary: 'lift a freeze',
    load: async () => (await import('./commands/unfreeze.ts')).unfreeze,
  },
  {
    name: 'freezes',
    group: GATES,
    summary: 'list what is frozen',
    load: async () => (await import('./commands/freezes.ts')).freezes,
  },
  {
    name: 'windows',
    group: GATES,
    summary: 'show and declare when releases go out',
    load: async () => (await import('./commands/windows.ts')).windows,
  },
  {
    name: 'slo',
    group: GATES,
    summary: 'show how much of error budgets is left',
    load: async () => (await import('./commands/slo.ts')).slo,
  },
  {
    name: 'tasks',
    group: AGENTS,
    summary: 'submit tasks, list, watch, cancel and retry them',
    load: async () => (await import('./commands/tasks.ts')).tasks,
  },
  {
    name: 'workflows',
    group: AGENTS,
    summary: 'submit tasks that wait for each other, list, show and cancel them',
    load: async () => (await import('./commands/workflows.ts')).workflows,
  },
  {
    name: 'tools',
    group: AGENTS,
    summary: 'register what agents may call, and see what they called',
    load: async () => (await import('./commands/tools.ts')).tools,
  },
  {
    name: 'schedules',
    group: AGENTS,
    summary: 'show and make tasks that come by the clock, and let them rest',
    load: async () => (await import('./commands/schedules.ts')).schedules,
  },
  {
    name: 'queues',
    group: AGENTS,
    summary: 'show what waits, runs and is dead, by revision',
    load: async () => (await import('./commands/queues.ts')).queues,
  },
  {
    name: 'pools',
    group: AGENTS,
    summary: 'show how many workers there are to be, and why',
    load: async () => (await import('./commands/pools.ts')).pools,
  },
  {
    name: 'agents',
    group: AGENTS,
    summary: 'list the connected workers, and register agents that run elsewhere',
    load: async () => (await import('./commands/agents.ts')).agents,
  },
  {
    name: 'memory',
    group: AGENTS,
    summary: 'show, search and change what agents remember',
    load: async () => (await import('./commands/memory.ts')).memory,
  },
  {
    name: 'organisations',
    group: RULES,
    summary: 'list and make the organisations that share a control plane',
    load: async () => (await import('./commands/organisations.ts')).organisations,
  },
  {
    name: 'secrets',
    group: RULES,
    summary: 'keep secrets encrypted, list their names and remove them',
    load: async () => (await import('./commands/secrets.ts')).secrets,
  },
  {
    name: 'policies',
    group: RULES,
    summary: 'rules in CEL that releases have to keep to',
    load: async () => (await import('./commands/policies.ts')).policies,
  },
  {
    name: 'channels',
    group: TELLING,
    summary: 'say where Sluice tells what happens, and try it',
    load: async () => (await import('./commands/channels.ts')).channels,
  },
  {
    name: 'subscriptions',
    group: TELLING,
    summary: 'say which channel is told what',
    load: async () => (await import('./commands/subscriptions.ts')).subscriptions,
  },
  {
    name: 'deliveries',
    group: TELLING,
    summary: 'show what was told, what waits and what was given up',
    load: async () => (await import('./commands/deliveries.ts')).deliveries,
  },
  {
    name: 'login',
    group: ACCESS,
    summary: 'sign in by a browser, with a token, or as a CI job',
    load: async () => (await import('./commands/login.ts')).login,
  },
  {
    name: 'logout',
    group: ACCESS,
    summary: 'sign out, and revoke what `login` was given',
    load: async () => (await import('./commands/logout.ts')).logout,
  },
  {
    name: 'whoami',
    group: ACCESS,
    summary: 'say who asks, with which roles',
    load: async () => (await import('./commands/whoami.ts')).whoami,
  },
  {
    name: 'can-i',
    group: ACCESS,
    summary: 'say whether one may do something, and by which role',
    load: async () => (await import('./commands/can-i.ts')).canI,
  },
  {
    name: 'token',
    group: ACCESS,
    summary: 'create, list and revoke tokens',
    load: async () => (await import('./commands/token.ts')).token,
  },
  {
    name: 'join-token',
    group: ACCESS,
    summary: 'let workers on other machines join, and take them off again',
    load: async () => (await import('./commands/join-token.ts')).joinToken,
  },
  {
    name: 'members',
    group: ACCESS,
    summary: 'show who has signed in, and give and take roles',
    load: async () => (await import('./commands/members.ts')).members,
  },
  {
    name: 'roles',
    group: ACCESS,
    summary: 'show what roles allow, and make some',
    load: async () => (await import('./commands/roles.ts')).roles,
  },
  {
    name: 'projects',
    group: ACCESS,
    summary: 'group applications, to give rights to them together',
    load: async () => (await import('./commands/projects.ts')).projects,
  },
  {
    name: 'trust',
    group: ACCESS,
    summary: 'let CI jobs in by their ID tokens, without a stored secret',
    load: async () => (await import('./commands/trust.ts')).trust,
  },
  {
    name: 'cluster',
    group: CLUSTERS,
    summary: 'register, list and remove clusters',
    load: async () => (await import('./commands/cluster.ts')).cluster,
  },
  {
    name: 'doctor',
    group: CLUSTERS,
    summary: 'say what is missing, and print the roles that Sluice needs',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
];
