import { ok, type Result, refuse } from '@sluice/core/kernel/result.ts';
import type { HeldName } from '../disk/held-name.ts';
import { claimInUse, claimPort, isFree } from './port-claim.ts';
import type { PortRange } from './port-range.ts';

/** Ports in a block for a revision that wants its own; blocks start at multiples of it. */
export const PORT_BLOCK_SIZE = 16;

/**
 * Which ports of the range this host has given away.
 * Owns: the claims on those ports.
 * 1. A port is given to one holder at a time; a port in a block only to holders of that block.
 * 2. A port that somebody else listens on or has claimed is never given away.
 * 3. Search goes on after the port given last, so that a freed port rests before it is used again: a request that
 *    was on its way to the old instance then finds nobody instead of a stranger.
 */
export class PortLedger {
  readonly #range: PortRange;
  readonly #claims = new Map<number, HeldName | undefined>();
  /** First port of each block that is given away; every port of a block is claimed as long as the block is. */
  readonly #blocks = new Set<number>();
  /** Ports of blocks that an instance has. */
  readonly #inBlocks = new Set<number>();
  #next: number;

  /** Search begins at a place that depends on `seed`, so that hosts on one machine rarely try the same port. */
  constructor(range: PortRange, seed: number) {
    this.#range = range;
    this.#next = range.from + (seed % (range.to - range.from + 1));
  }

  /** Gives away one port outside every block. */
  async take(): Promise<Result<number>> {
    const size = this.#range.to - this.#range.from + 1;
    for (let looked = 0; looked < size; looked++) {
      const port = this.#next;
      this.#next = port >= this.#range.to ? this.#range.from : port + 1;
      if (await this.#claim(port)) return ok(port);
    }
    return this.#exhausted('a free port');
  }

  /** Gives away one port of the blocks that the caller holds; undefined when none of theirs is free. */
  async takeFrom(blocks: readonly number[]): Promise<number | undefined> {
    for (const port of blocks.flatMap(portsOf)) {
      if (this.#inBlocks.has(port)) continue;
      this.#inBlocks.add(port);
      if (await isFree(port)) return port;
      this.#inBlocks.delete(port);
    }
    return undefined;
  }

  /** Gives away a whole block in which nothing listens, and tells its first port. */
  async takeBlock(): Promise<Result<number>> {
    const first = Math.ceil(this.#range.from / PORT_BLOCK_SIZE) * PORT_BLOCK_SIZE;
    for (let block = first; block + PORT_BLOCK_SIZE - 1 <= this.#range.to; block += PORT_BLOCK_SIZE)
      if (await this.#claimBlock(block)) return ok(block);
    return this.#exhausted(`${PORT_BLOCK_SIZE} free ports in a row`);
  }

  /** Notes a port that an adopted process has; call `adoptBlocks` first. */
  async adopt(port: number): Promise<void> {
    if (this.#blocks.has(blockOf(port))) this.#inBlocks.add(port);
    else this.#claims.set(port, await claimInUse(port));
  }

  /** Notes blocks that were given away before a restart. */
  async adoptBlocks(blocks: readonly number[]): Promise<void> {
    for (const block of blocks) {
      this.#blocks.add(block);
      for (const port of portsOf(block)) this.#claims.set(port, await claimInUse(port));
    }
  }

  /** Takes a port back; a port of a block stays with the block. */
  release(port: number): void {
    if (this.#blocks.has(blockOf(port))) this.#inBlocks.delete(port);
    else this.#unclaim(port);
  }

  /** Takes blocks back, with their ports. */
  releaseBlocks(blocks: readonly number[]): void {
    for (const block of blocks) {
      this.#blocks.delete(block);
      for (const port of portsOf(block)) {
        this.#inBlocks.delete(port);
        this.#unclaim(port);
      }
    }
  }

  /** Takes everything back; for the end of the host. */
  close(): void {
    for (const port of [...this.#claims.keys()]) this.#unclaim(port);
  }

  async #claim(port: number): Promise<boolean> {
    if (this.#claims.has(port)) return false;
    this.#claims.set(port, undefined);
    const claim = await claimPort(port);
    if (claim) this.#claims.set(port, claim);
    else this.#claims.delete(port);
    return claim !== undefined;
  }

  #unclaim(port: number): void {
    void this.#claims.get(port)?.release();
    this.#claims.delete(port);
  }

  async #claimBlock(block: number): Promise<boolean> {
    const ports = portsOf(block);
    if (this.#blocks.has(block) || ports.some((port) => this.#claims.has(port))) return false;
    const claimed = await Promise.all(ports.map((port) => this.#claim(port)));
    if (claimed.every(Boolean)) {
      this.#blocks.add(block);
      return true;
    }
    ports.filter((_, index) => claimed[index]).forEach((port) => this.#unclaim(port));
    return false;
  }

  #exhausted(wanted: string): Result<never> {
    return refuse(
      'ports-exhausted',
      `There is not ${wanted} left in ${this.#range.from}-${this.#range.to}.`,
      'Retire revisions that are not needed, or start the host with a wider --port-range.',
    );
  }
}

const blockOf = (port: number): number => port - (port % PORT_BLOCK_SIZE);
const portsOf = (block: number): number[] =>
  Array.from({ length: PORT_BLOCK_SIZE }, (_, offset) => block + offset);
