/** The machine in general terms: what figures depend on, nothing that names it. */
import { cpus, release, totalmem } from 'node:os';

/** What results say of the machine. */
export type MachineNote = {
  readonly cores: number;
  readonly memoryGiB: number;
  readonly architecture: string;
  /** Major and minor number of the kernel's release. */
  readonly kernel: string;
  readonly node: string;
};

/** This one. */
export function describeMachine(): MachineNote {
  return {
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    architecture: process.arch,
    kernel: release().split('.', 2).join('.'),
    node: process.version,
  };
}
