import type { Node } from '../objects/node.ts';
import type { Pod } from '../objects/pod.ts';
import { parseQuantity } from '../objects/quantity.ts';

/** What a pod asks for. */
export interface PodLoad {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
}

/** What a node carries and could carry. */
export interface NodeLoad {
  readonly used: { readonly cpuMillis: number; readonly memoryBytes: number; readonly pods: number };
  readonly allocatable: { readonly cpuMillis: number; readonly memoryBytes: number; readonly pods: number };
}

/** The sum of the requests of a pod's containers. */
export function loadOf({ spec }: Pod): PodLoad {
  const sum = (name: string): number =>
    spec.containers.reduce(
      (total, { resources }) => total + parseQuantity(resources?.requests?.[name] ?? '0'),
      0,
    );
  return { cpuMillis: Math.round(sum('cpu') * 1000), memoryBytes: sum('memory') };
}

/** Keeps count of what each node carries, one addition or subtraction per change of a pod. */
export class NodeLoads {
  readonly #used = new Map<string, { cpuMillis: number; memoryBytes: number; pods: number }>();
  readonly #placed = new Map<string, { readonly node: string; readonly load: PodLoad }>();

  /** Notes that a pod takes room on a node; noting it twice changes nothing. */
  place(key: string, node: string, load: PodLoad): void {
    if (this.#placed.get(key)?.node === node) return;
    this.remove(key);
    this.#placed.set(key, { node, load });
    this.#add(node, load, 1);
  }

  /** Notes that a pod takes no room any more. */
  remove(key: string): boolean {
    const before = this.#placed.get(key);
    if (before === undefined) return false;
    this.#placed.delete(key);
    this.#add(before.node, before.load, -1);
    return true;
  }

  of({ metadata, status }: Node): NodeLoad {
    const { cpu = '0', memory = '0', pods = '110' } = status?.allocatable ?? {};
    const allocatable = {
      cpuMillis: parseQuantity(cpu) * 1000,
      memoryBytes: parseQuantity(memory),
      pods: parseQuantity(pods),
    };
    return { used: this.#used.get(metadata.name) ?? { cpuMillis: 0, memoryBytes: 0, pods: 0 }, allocatable };
  }

  #add(node: string, load: PodLoad, sign: 1 | -1): void {
    const used = this.#used.get(node) ?? { cpuMillis: 0, memoryBytes: 0, pods: 0 };
    this.#used.set(node, {
      cpuMillis: used.cpuMillis + sign * load.cpuMillis,
      memoryBytes: used.memoryBytes + sign * load.memoryBytes,
      pods: used.pods + sign,
    });
  }
}
