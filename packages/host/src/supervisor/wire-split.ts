import type { Split } from '@sluice/core/traffic/split.ts';
import type { SplitOrder, TrackStatus } from '@sluice/protocol/host/host-schema.ts';

type WireSplit = NonNullable<TrackStatus['split']>['split'];

/** A split as the domain has it, from a parsed order; the two differ in types only. */
export const splitFromWire = (order: SplitOrder): Split => order.split as unknown as Split;

/** A split as the wire has it. */
export const splitToWire = (split: Split): WireSplit => split as unknown as WireSplit;
