import { toolReferenceOf, type ToolReference } from '@sluice/core/tasks/tool-spec.ts';
import { list, named, textLeaf } from './leaf.ts';
import { name } from './names.ts';

const reference = () =>
  textLeaf<ToolReference>({
    expects: 'a tool with its version, such as find-order@2',
    pattern: /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?@[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
    parse: toolReferenceOf,
  });

/** Most tools that may stand in for each other. */
const MOST = 10;

/** Which registered tools serve each tool that agents call. */
export const agentsTools = () =>
  named(
    name('the name of a tool, as agents call it'),
    list(reference(), 'tools with their versions, the first that can serve first', { from: 1, to: MOST }),
    'a mapping from the names of tools to those that serve them',
  );
