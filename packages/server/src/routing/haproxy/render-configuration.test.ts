import { expect, it } from 'vitest';
import { type ProxySettings, renderConfiguration, settingsDigest } from './render-configuration.ts';

const settings: ProxySettings = {
  directory: '/var/lib/sluice/haproxy',
  listenAddress: '127.0.0.1',
  listenPort: 8080,
  backends: 2,
  connections: 4_096,
  threads: 2,
  lua: true,
  dropPrivileges: true,
};

it('renders a configuration that a person can read', async () => {
  const servers = new Map([['r0', [{ name: 'i127.0.0.1_20001', address: '127.0.0.1:20001', h2c: false }]]]);
  const text = renderConfiguration(settings, { digest: '0123456789abcdef', servers });
  await expect(text).toMatchFileSnapshot('./haproxy.golden.cfg');
});

it('has a digest that changes with the settings and the rules, and not with the servers', () => {
  const digest = settingsDigest(settings, 'rules');
  expect(settingsDigest({ ...settings }, 'rules')).toBe(digest);
  expect(settingsDigest({ ...settings, connections: 1 }, 'rules')).not.toBe(digest);
  expect(settingsDigest(settings, 'other rules')).not.toBe(digest);
});
