const NAME = '[A-Za-z0-9][A-Za-z0-9._-]{0,99}';

/** How names are written on the wire, whatever they name. */
export const ID_RULES = {
  /** Of an application, an environment or a component. */
  name: new RegExp(`^${NAME}$`),
  /** Of a track or a registered agent: `application/environment/component`. */
  id: new RegExp(`^${NAME}(\\/${NAME}){2}$`),
} as const;
