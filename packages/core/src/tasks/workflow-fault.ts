import { ok, refuse, type Result } from '../kernel/result.ts';
import { referredNodes } from './workflow-input.ts';
import {
  MOST_EDGES,
  MOST_LIMITS,
  type WorkflowLimits,
  type WorkflowNode,
  type WorkflowSpec,
} from './workflow-spec.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const LONGEST_NAME = 200;
/** Names of a circle that are told; a longer one is cut in the middle. */
const LONGEST_PATH = 20;

/** Refuses what is no workflow, or is larger than it may be: with what is wrong where, and what to do. */
export function checkedWorkflow(spec: WorkflowSpec): Result<WorkflowSpec> {
  const fault = nameFault(spec) ?? limitsFault(spec.limits) ?? nodesFault(spec.nodes, spec.limits);
  return fault ?? ok(spec);
}

/** Refuses tasks that cannot stand beside each other: names, what they wait for, circles, and how many they are. */
export function nodesFault(nodes: readonly WorkflowNode[], limits: WorkflowLimits): Result<never> | null {
  if (nodes.length === 0) return invalid('it has no task', 'Name at least one.');
  if (nodes.length > limits.tasks)
    return limit('tasks', `it has ${nodes.length} tasks, and ${limits.tasks} are the most`);
  return namesFault(nodes) ?? edgesFault(nodes, limits) ?? inputsFault(nodes) ?? circleFault(nodes);
}

function nameFault({ name }: WorkflowSpec): Result<never> | null {
  if (name !== '' && name.length <= LONGEST_NAME && !name.includes('\0')) return null;
  return invalid(
    `its name has ${name.length} characters, or one that is no text`,
    `Give it a name of 1 to ${LONGEST_NAME} characters.`,
  );
}

/** Refuses limits that are none, or larger than any workflow may ask for. */
export function limitsFault(limits: WorkflowLimits): Result<never> | null {
  for (const key of ['depth', 'fanOut', 'tasks'] as const)
    if (!Number.isInteger(limits[key]) || limits[key] < 1 || limits[key] > MOST_LIMITS[key])
      return invalid(
        `its limit ${key} is ${limits[key]}`,
        `Send a whole number from 1 to ${MOST_LIMITS[key]}, or leave it out.`,
      );
  const { costMicros } = limits;
  if (costMicros === null || (Number.isSafeInteger(costMicros) && costMicros >= 0)) return null;
  return invalid(
    `its limit costMicros is ${costMicros}`,
    'Send a whole number of millionths from 0, or leave it out.',
  );
}

function namesFault(nodes: readonly WorkflowNode[]): Result<never> | null {
  const seen = new Set<string>();
  for (const { name, after, join } of nodes) {
    if (!NAME.test(name))
      return invalid(
        `a task is called '${name.slice(0, 80)}'`,
        'Use letters, digits, dot, dash and underscore, at most 64.',
      );
    if (seen.has(name)) return invalid(`two of its tasks are called ${name}`, 'Give each a name of its own.');
    seen.add(name);
    const most = Math.max(1, after.length);
    if (
      typeof join === 'object' &&
      !(Number.isInteger(join.quorum) && join.quorum >= 1 && join.quorum <= most)
    )
      return invalid(
        `the task ${name} waits for ${join.quorum} of ${after.length}`,
        `Ask for a quorum from 1 to ${most}.`,
      );
  }
  return null;
}

function edgesFault(nodes: readonly WorkflowNode[], limits: WorkflowLimits): Result<never> | null {
  const dependents = new Map(nodes.map(({ name }) => [name, 0]));
  let edges = 0;
  for (const { name, after } of nodes) {
    for (const earlier of after) {
      const count = dependents.get(earlier);
      if (count === undefined)
        return invalid(
          `the task ${name} waits for '${earlier.slice(0, 80)}', which is not among its tasks`,
          'Name a task that is there, or take it out of `after`.',
        );
      dependents.set(earlier, count + 1);
    }
    if (new Set(after).size < after.length)
      return invalid(`the task ${name} waits twice for the same task`, 'Name each once in `after`.');
    edges += after.length;
  }
  const [widest, most] = [...dependents].reduce((a, b) => (b[1] > a[1] ? b : a));
  if (most > limits.fanOut)
    return limit(
      'fanOut',
      `${most} tasks wait for ${widest}, and ${limits.fanOut} are the most for one task`,
    );
  if (edges <= MOST_EDGES) return null;
  return invalid(
    `its tasks wait for each other ${edges} times, and ${MOST_EDGES} are the most`,
    'Put a task in between that gathers what many wait for.',
  );
}

function inputsFault(nodes: readonly WorkflowNode[]): Result<never> | null {
  for (const { name, input, after, compensation } of nodes) {
    const far = referredNodes(input).find((earlier) => !after.includes(earlier));
    if (far !== undefined)
      return invalid(
        `the input of ${name} refers to the result of '${far.slice(0, 80)}', for which it does not wait`,
        `Put it into \`after\` of ${name}.`,
      );
    const odd = referredNodes(compensation?.input).find((earlier) => earlier !== name);
    if (odd !== undefined)
      return invalid(
        `what undoes ${name} refers to the result of '${odd.slice(0, 80)}'`,
        `It may refer to the result of ${name} alone.`,
      );
  }
  return null;
}

function circleFault(nodes: readonly WorkflowNode[]): Result<never> | null {
  const circle = circleIn(nodes);
  if (circle === null) return null;
  const shown =
    circle.length <= LONGEST_PATH
      ? circle
      : [...circle.slice(0, LONGEST_PATH / 2), '…', ...circle.slice(-LONGEST_PATH / 2)];
  return invalid(
    `its tasks wait for each other in a circle: ${shown.join(' waits for ')}`,
    'Take one of these out of `after`.',
  );
}

/** The names along a circle, the first one again at the end; null when there is none. */
function circleIn(nodes: readonly WorkflowNode[]): readonly string[] | null {
  const open = new Map(nodes.map(({ name, after }) => [name, after.length]));
  const dependents = new Map<string, string[]>(nodes.map(({ name }) => [name, []]));
  for (const { name, after } of nodes) for (const earlier of after) dependents.get(earlier)?.push(name);
  const free = nodes.filter(({ after }) => after.length === 0).map(({ name }) => name);
  for (let name = free.pop(); name !== undefined; name = free.pop()) {
    open.delete(name);
    for (const later of dependents.get(name) ?? []) {
      const left = (open.get(later) ?? 1) - 1;
      open.set(later, left);
      if (left === 0) free.push(later);
    }
  }
  // Whatever is left waits for something that is left: following that leads into a circle.
  const after = new Map(nodes.map((node) => [node.name, node.after]));
  const walked: string[] = [];
  for (let [name] = open.keys(); name !== undefined; name = after.get(name)?.find((one) => open.has(one))) {
    const at = walked.indexOf(name);
    if (at >= 0) return [...walked.slice(at), name];
    walked.push(name);
  }
  return null;
}

const invalid = (what: string, remedy: string): Result<never> =>
  refuse('invalid-workflow', `Nothing was taken: ${what}.`, remedy);

const limit = (key: keyof WorkflowLimits, what: string): Result<never> =>
  refuse(
    'limit-reached',
    `Nothing was taken: ${what}.`,
    `Make it smaller, or send a higher limit: \`limits: { ${key}: … }\`.`,
  );
