/** Where batches of lines go, one at a time; and the outlet that is a stream of somebody else's. */

/** Takes a batch when it has none, and tells how it goes. */
export interface Outlet {
  write(batch: Buffer): void;
  /** Goes on with the batch that failed. */
  retry(): void;
  /** Lets go of it all, whatever is left. */
  close(): void;
}

/** What an outlet tells of its batch. */
export interface OutletEvents {
  /** So many more bytes of it are with the system. */
  wrote(bytes: number): void;
  /** The whole of it is. */
  done(): void;
  /** The rest can not be written now. */
  failed(error: Error): void;
  /** The process is about to end, and what is to be written must be written by this; it throws like fs.writeSync. */
  exiting(writeSync: (bytes: Buffer) => number): void;
}

/** Opens an outlet; nothing can go wrong yet. */
export type OpenOutlet = (told: OutletEvents) => Outlet;

/** The stream stays open when the outlet closes. */
export function streamOutlet(stream: NodeJS.WritableStream): OpenOutlet {
  return told => {
    let batch: Buffer = Buffer.alloc(0);
    // A write is told of its own failure; without a listener the stream's would end the process.
    const ignore = (): void => undefined;
    stream.on('error', ignore);
    const attempt = (): void => {
      stream.write(batch, error => (error ? told.failed(error) : told.done()));
    };
    return {
      write(next) {
        batch = next;
        attempt();
      },
      retry: attempt,
      close: () => void stream.off('error', ignore),
    };
  };
}
