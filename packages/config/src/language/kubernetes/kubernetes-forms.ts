import { z } from 'zod';
import { expectations } from '../expectation.ts';
import { textLeaf } from '../leaf.ts';

/** A quantity as Kubernetes writes it; kept as it was written. */
export const quantity = () =>
  z
    .union([
      z.string().regex(/^\d+(\.\d+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE]\d{1,2})?$/),
      z.number().min(0),
    ])
    .transform(String)
    .register(expectations, {
      expects: 'a quantity of Kubernetes, such as 500m, 30 or 2Gi',
      asWritten: true,
    });

/** Whole per cent of something, read as a number. */
export const percent = (from: number, to: number) =>
  textLeaf({
    expects: `per cent from ${from}% to ${to}%, such as 70%`,
    pattern: /^\d{1,4}%$/,
    parse: (text) => {
      const value = Number(text.slice(0, -1));
      return value >= from && value <= to ? value : undefined;
    },
  });

/** The name of an object: a DNS subdomain (RFC 1123). */
export const objectName = (what: string, example: string) =>
  textLeaf({
    expects: `the name of ${what}, such as ${example}`,
    pattern: /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]{0,62})?(\.[a-z0-9]([-a-z0-9]{0,62})?)*$/,
    parse: (text) => (/-(\.|$)/.test(text) ? undefined : text),
  });

/** The key of a label or annotation: a name, or a domain, a slash and a name. */
export const labelKey = () =>
  textLeaf({
    expects: 'the key of a label, such as team or example.com/team',
    pattern: /^([a-z0-9][-a-z0-9.]{0,252}\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/,
    parse: (text) => text,
  });

/** The value of a label: up to 63 letters, digits, `-`, `_` and `.`; numbers, true and false are taken as written. */
export const labelValue = () =>
  z
    .union([z.string().regex(/^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/), z.number(), z.boolean()])
    .transform(String)
    .register(expectations, {
      expects: 'the value of a label: at most 63 letters, digits, "-", "_" and "."',
      asWritten: true,
    });

/** A path in a container, without a slash at its end. */
export const containerPath = (what: string, example: string) =>
  textLeaf({
    expects: `${what}, such as ${example}`,
    pattern: /^\/[^\0:]{1,1023}$/,
    parse: (text) => {
      const plain = text.replace(/\/+$/, '');
      const isWrong = plain === '' || plain.split('/').includes('..') || /\p{Cc}/u.test(plain);
      return isWrong ? undefined : plain;
    },
  });

/** The address of a server that is spoken to over HTTP. */
export const httpAddress = (example: string) =>
  textLeaf({
    expects: `an http or https address, such as ${example}`,
    pattern: /^https?:\/\/[^\s\0/?#]+[^\s\0]*$/,
    parse: (text) => (URL.canParse(text) ? text.replace(/\/+$/, '') : undefined),
  });

/** A mapping in the form of a part of a Kubernetes object, taken as it is written. */
export const objectPart = (what: string) =>
  z.record(z.string(), z.unknown()).register(expectations, { expects: what, asIs: true });

/** A key that Kubernetes or Prometheus chooses the letters of: of a Secret, a metric or a resource. */
export const plainKey = (what: string, example: string) =>
  textLeaf({
    expects: `the name of ${what}, such as ${example}`,
    pattern: /^[A-Za-z0-9_.:/-]{1,253}$/,
    parse: (text) => text,
  });
