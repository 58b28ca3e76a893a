import { hostOf, trackOf } from '../rig/sample-fleet.ts';

/** One request of a load. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
}

/** What is asked for, over and over. */
export interface ApiOperation {
  readonly name: string;
  readonly kind: 'read' | 'write';
  /** The request that one of so many connections sends as its so-manieth. */
  request(place: RequestPlace): ApiRequest;
}

/** Which request of a load it is. */
export interface RequestPlace {
  readonly connection: number;
  readonly connections: number;
  /** How many this connection has sent before. */
  readonly index: number;
  readonly tracks: number;
  /** Folder of the sources that a release names. */
  readonly sources: string;
}

/** As the command line asks for a page. */
const PAGE = 50;

/** A file of one service, that its track knows under another version. */
export const RELEASE_FILE = `application: app-00000
components:
  web:
    run: node server.mjs
    instances: 4
    route: { host: ${hostOf(0)} }
    health: /healthz
    strategy: canary
environments: { production: }
`;

/** The operations that are measured, by the name under which a load process is told of them. */
export const API_OPERATIONS: Readonly<Record<string, ApiOperation>> = {
  track: {
    name: 'GET one track, with its explanation',
    kind: 'read',
    request: (place) => ({ method: 'GET', path: pathOf(trackIn(place)) }),
  },
  tracks: {
    name: `GET a page of ${PAGE} tracks`,
    kind: 'read',
    request: () => ({ method: 'GET', path: `/api/v1/tracks?limit=${PAGE}` }),
  },
  rollouts: {
    name: `GET a page of ${PAGE} rollouts`,
    kind: 'read',
    request: () => ({ method: 'GET', path: `/api/v1/rollouts?limit=${PAGE}` }),
  },
  command: {
    name: 'POST pause and resume in turn',
    kind: 'write',
    request: (place) => ({
      method: 'POST',
      path: `${pathOf(ownTrack(place))}/commands`,
      body: { command: isSecond(place) ? 'resume' : 'pause', by: 'ann' },
    }),
  },
  plan: {
    name: 'POST a release as a dry run',
    kind: 'write',
    request: ({ sources, connection, index }) => ({
      method: 'POST',
      path: '/api/v1/plans',
      body: {
        text: RELEASE_FILE,
        file: 'sluice.yaml',
        baseDirectory: sources,
        version: `v${connection}-${index}`,
      },
    }),
  },
};

const pathOf = (track: number): string =>
  `/api/v1/tracks/${trackOf(track).split('/').map(encodeURIComponent).join('/')}`;

/** Tracks in a mixed order, another one each time. */
const trackIn = ({ connection, index, tracks }: RequestPlace): number =>
  (connection * 7919 + index * 104_729) % tracks;

/** Of the tracks that belong to this connection alone, twice each: a pause is followed by its resume. */
function ownTrack({ connection, connections, index, tracks }: RequestPlace): number {
  const own = Math.max(1, Math.floor(tracks / connections));
  return (connection + connections * (Math.floor(index / 2) % own)) % tracks;
}

const isSecond = ({ index }: RequestPlace): boolean => index % 2 === 1;
