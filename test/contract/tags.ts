/** Tags of the hub's cookies in the contract's world, worked out apart from the gate. */
import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import type { SessionKeys } from '../../src/identity/sessions/session-key.ts';
import { sessionCookie } from './sessions.ts';

/** What the files of the config `sessions` hold: the first writes, both are read. */
export const sessionKeys: SessionKeys = ['first-key', 'second-key'].map(text =>
  createSecretKey(Buffer.from(text.padEnd(32, '.'))),
);

const strangerKey = createSecretKey(Buffer.alloc(32, 'x'));

function tagKey(key: KeyObject): Buffer {
  return Buffer.from(hkdfSync('sha256', key, '', `hubgate cookie tags ${sessionCookie}`, 32));
}

/** Whose cookie it is, where it is another's than alice's of the directory `lab`. */
export interface Bearer {
  readonly visitor?: string;
  readonly vouching?: string;
  /** As in `user alice`; absent: the hub's. */
  readonly reader?: string;
  /** 0 and 1: ours; absent: the first; 2: a stranger's. */
  readonly key?: 0 | 1 | 2;
}

/** A hub cookie as the browser has it, `name=value~tag`. */
export function tagged(name: string, value: string, bearer: Bearer = {}): string {
  const { visitor = 'alice', vouching = 'namespace lab', reader = 'hub', key = 0 } = bearer;
  const text = [name, reader, vouching, visitor, value].map(part => `${part.length}:${part}`).join('');
  const digest = createHmac('sha256', tagKey(sessionKeys[key] ?? strangerKey))
    .update(text)
    .digest('base64url');
  return `${name}=${value}~${digest.slice(0, 22)}`;
}
