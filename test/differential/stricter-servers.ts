/** Where a server refuses what the gate takes: it reads nothing otherwise, it reads nothing. */
import type { OracleName } from './reading.ts';

/** Bytes that one server will not read. */
interface Stricter {
  readonly oracle: OracleName;
  readonly why: string;
  /** `bytes` are all that were sent. */
  readonly when: (bytes: string) => boolean;
}

const stricter: readonly Stricter[] = [
  {
    oracle: 'Tornado',
    why: 'refuses trailers, which the gate drops',
    when: bytes => /\r\n0+(?:;[^\r\n]*)?\r\n[^\r\n]/.test(bytes),
  },
  {
    oracle: 'Tornado',
    why: 'refuses chunk extensions, which the gate drops',
    when: bytes => /\r\n[0-9A-Fa-f]+;/.test(bytes),
  },
  {
    oracle: 'nginx',
    why: 'has no path with a NUL in it; the gate leaves that to the application',
    when: bytes => /^[^ ]+ [^ ?]*%00/m.test(bytes),
  },
];

/** Whether the server is known to refuse such bytes. */
export function isStricter(oracle: OracleName, bytes: string): boolean {
  return stricter.some(each => each.oracle === oracle && each.when(bytes));
}
