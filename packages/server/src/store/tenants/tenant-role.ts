/** The role of connections that are bound to a tenant; it owns nothing and cannot sign in. */
export const TENANT_ROLE = 'sluice_tenant';
/** The setting of a connection that says which tenant it is bound to. */
export const TENANT_SETTING = 'sluice.tenant';
