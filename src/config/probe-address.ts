/** Where a running gate answers probes: the one thing that a health check reads, whatever else is wrong with the text. */

import { readDocument } from './document.ts';
import type { Environment } from './environment.ts';
import { listenAddress } from './formats.ts';
import { adminShape } from './schema/listen.ts';
import type { Address } from './sections/listen.ts';
import { readShape } from './shape.ts';

/** An address, or what to set in the config so that there is one. */
export type ProbeAddress = { readonly address: Address } | { readonly fault: string };

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
}

function readAddress(written: unknown, key: string): ProbeAddress {
  const read = readShape(listenAddress(), written);
  return 'value' in read ? { address: read.value } : { fault: `${key}: ${read[0]?.message ?? 'is not understood'}` };
}

/** `health.address`, else `admin.address` where no token is asked for. */
export function probeAddress(text: string, env: Environment): ProbeAddress {
  const config = readDocument(text, env).recovered;
  const health = member(member(config, 'health'), 'address') ?? '';
  if (health !== '') return readAddress(health, 'health.address');
  const admin = member(config, 'admin');
  const isOpen = typeof admin === 'object' && admin !== null && (member(admin, 'tokenFile') ?? null) === null;
  if (!isOpen) return { fault: 'there is nothing to ask: set health.address, or admin.address without tokenFile' };
  const written = member(admin, 'address');
  const byDefault = readShape(adminShape, {});
  return written === undefined && 'value' in byDefault
    ? { address: byDefault.value.address }
    : readAddress(written, 'admin.address');
}
