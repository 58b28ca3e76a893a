import { Client, escapeIdentifier, escapeLiteral } from 'pg';

/** How a password is kept, and so which way of logging in the server can offer for it. */
export interface LoginRole {
  readonly name: string;
  readonly password: string;
  readonly encryption: 'scram-sha-256' | 'md5';
}

/** For tests: creates roles that log in with a password, as a superuser of the server. */
export async function createLoginRoles(connectionString: string, roles: readonly LoginRole[]): Promise<void> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    for (const { name, password, encryption } of roles) {
      await client.query(`set password_encryption = ${escapeLiteral(encryption)}`);
      await client.query(`create role ${escapeIdentifier(name)} login password ${escapeLiteral(password)}`);
    }
  } finally {
    await client.end();
  }
}
