/** Most instances that one host runs of one revision; so many, a file may ask for. */
export const MAX_INSTANCES = 256;
