import { assert as check, property, stringMatching, tuple, array } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { revisionId, trackId } from '@sluice/core/kernel/ids.ts';
import { environmentName, labelValue, objectName, revisionLabel, revisionName } from './names.ts';

const DNS_LABEL = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
const LABEL_VALUE = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

/** Names as `sluice.yaml` allows them, made of few letters so that joining them is often ambiguous. */
const shortName = stringMatching(/^[ab1]([-ab]{0,4}[ab1])?$/);
const anyName = stringMatching(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]{1,20})?$/);
const hash = stringMatching(/^[0-9a-f]{12}$/);

describe('the names of objects', () => {
  it('are the names of application, environment and component where those cannot be misread', () => {
    expect(objectName(trackId('shop', 'production', 'checkout-api'))).toBe('shop-production-checkout-api');
    expect(revisionName(trackId('shop', 'production', 'web'), revisionId('web-0123456789ab'))).toBe(
      'shop-production-web-0123456789ab',
    );
    expect(environmentName('shop', 'production')).toBe('shop-production');
  });

  it('end in a hash where hyphens could be read in two ways', () => {
    const one = objectName(trackId('shop-eu', 'live', 'web'));
    const other = objectName(trackId('shop', 'eu-live', 'web'));
    expect(one).toMatch(/^shop-eu-live-web--[0-9a-z]{7}$/);
    expect(other).toMatch(/^shop-eu-live-web--[0-9a-z]{7}$/);
    expect(one).not.toBe(other);
  });

  it('are valid DNS labels that leave room for what is appended to pods', () => {
    check(
      property(anyName, anyName, anyName, hash, (application, environment, component, digits) => {
        const track = trackId(application, environment, component);
        const name = revisionName(track, revisionId(`${component}-${digits}`));
        expect(objectName(track)).toMatch(DNS_LABEL);
        expect(name).toMatch(DNS_LABEL);
        expect(name.length).toBeLessThanOrEqual(57);
        expect(environmentName(application, environment)).toMatch(DNS_LABEL);
      }),
    );
  });

  it('differ for different tracks in one namespace, and from the names of their revisions', () => {
    check(
      property(array(tuple(shortName, shortName, shortName), { maxLength: 60 }), (all) => {
        const tracks = new Set(all.map((names) => trackId(...names)));
        const names = [...tracks].flatMap((track) => [
          objectName(track),
          revisionName(track, revisionId('web-0123456789ab')),
        ]);
        expect(new Set(names).size).toBe(names.length);
      }),
    );
  });

  it('differ from the name of a revision even when a component is called like one', () => {
    const revision = revisionName(trackId('shop', 'live', 'web'), revisionId('web-0123456789ab'));
    expect(objectName(trackId('shop', 'live', 'web-0123456789ab'))).not.toBe(revision);
  });
});

describe('the values of labels', () => {
  it('are valid for any text', () => {
    check(property(stringMatching(/^[ -~]{1,100}$/), (text) => LABEL_VALUE.test(labelValue(text))));
  });

  it('of a revision keep its hash when its id is too long', () => {
    const label = revisionLabel(revisionId(`${'a'.repeat(60)}-0123456789ab`));
    expect(label).toMatch(/^a+-0123456789ab$/);
    expect(label).toHaveLength(63);
  });
});
