/** Says which session a browser has and whose it is, to the hand-over of whoever comes next: enough to end it, and no proof of anything. */
import { openText, sealText } from '../keys/signature.ts';
import { keysFor, type SessionKeys } from './session-key.ts';

/** A session, by its own id, and its user by the hub's name. */
export interface Guest {
  readonly id: string;
  readonly hubUser: string;
}

/** Ids have no spaces. */
const guestForm = /^(\S+) (.+)$/s;

/** Seals and opens such words, with keys that open no session. */
export class SealedGuests {
  readonly #keys: SessionKeys;

  /** `audience`: the name of the session's cookie. */
  constructor(keys: SessionKeys, audience: string) {
    this.#keys = keysFor(keys, `session guest ${audience}`);
  }

  seal({ id, hubUser }: Guest): Promise<string> {
    const [key] = this.#keys;
    if (key === undefined) throw new TypeError('a session without a key');
    return sealText(`${id} ${hubUser}`, key);
  }

  /** Null for what none of the keys has sealed. */
  async open(sealed: string): Promise<Guest | null> {
    for (const key of this.#keys) {
      const [, id, hubUser] = guestForm.exec((await openText(sealed, key)) ?? '') ?? [];
      if (id !== undefined && hubUser !== undefined) return { id, hubUser };
    }
    return null;
  }
}
