/** The control frames that the gate itself sends (RFC 6455 §5.5). */
import { randomBytes } from 'node:crypto';

/** What the gate's pings carry; nobody else's do, so that their answers can be told from others'. */
export const pingMark: Buffer = randomBytes(8);

const whole = 0x80;

/** As a server sends it: not masked. The payload has 125 bytes at most. */
function controlFrame(opcode: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([whole | opcode, payload.length]), payload]);
}

/** A Close with its code and the reason in ASCII, 123 characters at most. */
export function closeFrame(code: number, reason: string): Buffer {
  return controlFrame(0x8, Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason, 'latin1')]));
}

/** A ping for a client. */
export const pingFrame: Buffer = controlFrame(0x9, pingMark);

/** A control frame as a client sends it: each under a key of its own (RFC 6455 §5.3). */
export function masked(frame: Buffer): Buffer {
  const key = randomBytes(4);
  const payload = frame.subarray(2).map((byte, at) => byte ^ (key[at % key.length] ?? 0));
  return Buffer.concat([Buffer.from([frame[0] ?? 0, whole | (frame[1] ?? 0)]), key, payload]);
}
