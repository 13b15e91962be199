/** Keys in a file: read at start, read again on reload, the old ones kept when the new ones are no good. */
import {
  type KeySet,
  type KeySetReader,
  type KeySetReading,
  keyOfSecret,
  keysOfJwks,
  keysOfPem,
  mostKeyBytes,
  noKeyFor,
} from './verifying-keys.ts';

/** Kinds of key file. */
export type KeyFileKind = 'jwksFile' | 'pemFile' | 'secretFile';

/** What is wrong with a key file; `message` goes behind the file's name. */
export interface KeyFileProblem {
  readonly file: string;
  readonly message: string;
}

/** Reads a file whole; rejects where it can not. */
export type ReadFile = (file: string) => Promise<Uint8Array>;

/** Where one issuer's keys lie. */
export interface FiledSource {
  readonly kind: KeyFileKind;
  readonly file: string;
  readonly algorithms: ReadonlySet<string>;
}

const readers: Readonly<Record<KeyFileKind, KeySetReader>> = {
  jwksFile: keysOfJwks,
  pemFile: keysOfPem,
  secretFile: keyOfSecret,
};

function read(bytes: Uint8Array, source: FiledSource): KeySetReading {
  if (bytes.byteLength > mostKeyBytes) return { fault: `is larger than ${mostKeyBytes} bytes` };
  const set = readers[source.kind](bytes, source.algorithms);
  if ('fault' in set || set.keys.length > 0) return set;
  return { fault: noKeyFor(source.algorithms) };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? `can not be read: ${error.code}` : 'can not be read';
}

/** The keys of one issuer whose keys lie in a file. */
export class FiledKeys {
  readonly #source: FiledSource;
  readonly #readFile: ReadFile;
  #set: KeySet | undefined;
  #error: string | undefined;

  constructor(source: FiledSource, readFile: ReadFile) {
    this.#source = source;
    this.#readFile = readFile;
  }

  get set(): KeySet | undefined {
    return this.#set;
  }

  /** Why the last reading failed. */
  get error(): string | undefined {
    return this.#error;
  }

  /** Reads the file; null when its keys are in force. */
  async load(): Promise<KeyFileProblem | null> {
    const { file } = this.#source;
    const set = await this.#readFile(file).then(
      bytes => read(bytes, this.#source),
      error => ({ fault: codeOf(error) }),
    );
    this.#error = 'fault' in set ? set.fault : undefined;
    if ('fault' in set) return { file, message: set.fault };
    this.#set = set;
    return null;
  }
}
