import { type Node, visitorKeys } from 'oxc-parser';

/** Lists a syntax node and everything below it, parents before children. */
export function syntaxNodesOf(root: Node): Node[] {
  const nodes: Node[] = [];
  const waiting: Node[] = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    nodes.push(node);
    waiting.push(...childrenOf(node).reverse());
  }
  return nodes;
}

function childrenOf(node: Node): Node[] {
  const fields = node as unknown as Readonly<Record<string, unknown>>;
  return (visitorKeys[node.type] ?? []).flatMap((key) => [fields[key]].flat().filter(isNode));
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value;
}
