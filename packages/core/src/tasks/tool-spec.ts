/** One version of a registered tool. */
export interface ToolReference {
  readonly tool: string;
  readonly version: string;
}

/** A tool as the agents of a component may call it. */
export interface AgentTool {
  /** As the agent calls it. */
  readonly name: string;
  /** Which registered tools may serve it: the first that can is asked, the next ones stand in for it. Never empty. */
  readonly servedBy: readonly ToolReference[];
}

/** `name@version`, as people write it. */
export const toolReferenceText = ({ tool, version }: ToolReference): string => `${tool}@${version}`;

const NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const VERSION = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/** Whether a text is the name of a tool: a DNS label in lower case. */
export const isToolName = (text: string): boolean => NAME.test(text);

/** Whether a text is the version of a tool: 1 to 63 letters, digits, dots, dashes and underscores. */
export const isToolVersion = (text: string): boolean => VERSION.test(text);

/** Reads `name@version`; undefined when it is something else. */
export function toolReferenceOf(text: string): ToolReference | undefined {
  const at = text.indexOf('@');
  const reference = { tool: text.slice(0, Math.max(0, at)), version: text.slice(at + 1) };
  return at > 0 && isToolName(reference.tool) && isToolVersion(reference.version) ? reference : undefined;
}
