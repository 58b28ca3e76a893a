import type { Permission } from '@sluice/core/access/permissions.ts';

/** What a request is about, which says where its caller must have the permission. */
export type Subject =
  /** Nothing of a project: the permission must hold for the whole organisation. */
  | 'organisation'
  /** The track that path, query or body names; the organisation where none is named. */
  | 'track'
  /** What the path names, whose track is looked up. */
  | 'rollout'
  | 'task'
  | 'workflow'
  /** Nothing in particular: the permission anywhere is enough. */
  | 'anywhere'
  /** Known only once the request was read: the operation asks for itself, with `request.may`. */
  | 'asked';

/** What an operation needs of its caller. */
export type Need =
  /** Nothing: anybody may ask, or anybody who says who they are. */
  | { readonly permission: null; readonly signedIn?: boolean }
  | { readonly permission: Permission; readonly of: Subject }
  /** The permission somewhere; of the list the caller gets what it may see. */
  | {
      readonly permission: Permission;
      readonly of: 'list';
      readonly trackOf: (item: never) => string | null;
    };

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the operation needs of its caller; a route without it is not served. */
    needs?: Need | undefined;
    /** It is a call over gRPC, gRPC-Web or Connect, whose message only its service reads. */
    isCall?: boolean;
  }
}

/** Part of the options of a route: its caller needs a permission. */
export const needs = (
  permission: Permission,
  of: Subject,
): { readonly config: { readonly needs: Need } } => ({
  config: { needs: { permission, of } },
});

/** Part of the options of a route: anybody may ask. */
export const OPEN_TO_ALL: { readonly config: { readonly needs: Need } } = {
  config: { needs: { permission: null } },
};

/** As `OPEN_TO_ALL`, where somebody may try to get in: that counts as a sign-in. */
export const OPEN_TO_GUESSES = {
  config: { needs: { permission: null }, limitedAs: 'sign-ins' },
} as const;

/** Part of the options of a route: whoever is known may ask, with no role at all; for what is about themselves. */
export const SIGNED_IN: { readonly config: { readonly needs: Need } } = {
  config: { needs: { permission: null, signedIn: true } },
};

/**
 * Part of the options of a route that answers a page of a list; what the caller may not see is left out of it. What is about
 * no track is for those who see everything.
 */
export const needsForList = <Item>(
  permission: Permission,
  trackOf: (item: Item) => string | null,
): { readonly config: { readonly needs: Need } } => ({
  config: { needs: { permission, of: 'list', trackOf: trackOf as (item: never) => string | null } },
});
