import type { ClusterState } from '../server/cluster-state.ts';

/** The range that service addresses are given from: 10.96.0.0/12 from 10.96.1.1 on. */
const addressBase = (10 << 24) + (96 << 16) + 256;
const addressCount = (1 << 20) - 512;

/** The range of node ports of a server that is told nothing else. */
const firstNodePort = 30_000;
const lastNodePort = 32_767;

/** A service address that nobody has. */
export function allocateAddress(state: ClusterState, service: string): string {
  for (let at = state.addresses.size; at < addressCount; at += 1) {
    const address = render(addressBase + at);
    if (!state.addresses.has(address)) {
      state.addresses.set(address, service);
      return address;
    }
  }
  return '';
}

function render(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >> shift) & 255).join('.');
}

/** A node port that nobody has, or 0 when all are taken. */
export function allocateNodePort(state: ClusterState, service: string): number {
  for (let port = lastNodePort; port >= firstNodePort; port -= 1) {
    if (!state.nodePorts.has(port)) {
      state.nodePorts.set(port, service);
      return port;
    }
  }
  return 0;
}

/** Gives back what a service had. */
export function releaseService(state: ClusterState, service: string): void {
  for (const [address, owner] of state.addresses) if (owner === service) state.addresses.delete(address);
  for (const [port, owner] of state.nodePorts) if (owner === service) state.nodePorts.delete(port);
}
