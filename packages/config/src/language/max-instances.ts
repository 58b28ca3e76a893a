/** Most instances of one component in one environment: what one host runs of a revision (its `SUPERVISOR_LIMITS`). */
export const MAX_INSTANCES = 256;
